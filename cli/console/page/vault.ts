// The first view: add pictures, watch them move, see what is sealed.
import type { View } from './app.ts'
import { h } from './dom.ts'
import { dropZone } from './drop.ts'
import { grid } from './grid.ts'
import { pipeline } from './pipeline.ts'

export const vaultView: View = (app, signal) => {
  const drop = dropZone(app, signal)
  const node = h('div', { class: 'view vault' }, drop.node, pipeline(app, signal), grid(app, signal))
  const drawEmpty = () => {
    const pages = app.objects.pages.get()
    const empty = pages.state === 'ready' && pages.value.objects.length === 0 && app.uploads.list.get().length === 0
    node.classList.toggle('vault-empty', empty)
    drop.samplesFirst(empty)
  }
  app.objects.pages.watch(drawEmpty, signal)
  app.uploads.list.watch(drawEmpty, signal)
  return { title: 'Vault', node }
}
