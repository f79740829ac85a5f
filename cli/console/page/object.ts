// One object's page.
import type { AccessEvent } from '../../../shared/platform/ports.ts'
import type { ObjectDetail } from '../api.ts'
import { accessTable } from './access.ts'
import type { App, View } from './app.ts'
import { tierBadge } from './badge.ts'
import { cell } from './cell.ts'
import { api } from './client.ts'
import { add, h, on } from './dom.ts'
import { downloadButton } from './download.ts'
import { envelope, findings, headerFacts } from './facts.ts'
import { bytes, shortId, shortName } from './format.ts'
import { icon } from './icons.ts'
import { linkPanel } from './links.ts'
import { blank, confirmed, failure, toast } from './notice.ts'
import { stage } from './stage.ts'

const MOST_READS = 50

async function remove(app: App, detail: ObjectDetail): Promise<void> {
  const sure = await confirmed({
    title: 'Delete this object?',
    text: `${bytes(detail.size)} in the vault and its previews are erased, and its links stop working. There is no way back.`,
    yes: 'Delete for good',
  })
  if (!sure) return
  await api.remove(detail.id)
  app.objects.gone(detail.id)
  toast('Deleted, and its links revoked.')
  location.hash = '#/vault'
}

function reads(app: App, id: string, signal: AbortSignal): HTMLElement {
  const table = accessTable(false)
  const none = blank('empty', 'No reads among the latest events')
  app.accesses.watch((accesses) => {
    const own: readonly AccessEvent[] =
      accesses.state === 'ready' ? accesses.value.filter(({ object }) => object === id) : []
    table.draw(own.slice(0, MOST_READS))
    table.node.hidden = own.length === 0
    none.hidden = own.length > 0
  }, signal)
  return h(
    'section',
    { class: 'card wide', 'aria-label': 'Reads' },
    h('h2', {}, 'Reads of this object'),
    none,
    table.node,
  )
}

function page(app: App, detail: ObjectDetail, title: HTMLElement, signal: AbortSignal): HTMLElement {
  // Strict tiers start covered, against the eyes behind one's shoulder; the server has authorised this reader already.
  const revealed = cell(detail.tier === 'public' || detail.tier === 'internal')
  revealed.watch((shown) => {
    const name =
      shown && detail.sealed.name !== null ? shortName(detail.sealed.name, 64) : `Object ${shortId(detail.id)}`
    title.replaceChildren(h('bdi', {}, name))
  }, signal)
  const get = downloadButton(detail)
  const bin = on(
    h('button', { type: 'button', class: 'danger-quiet', id: 'delete' }, icon('bin', 18), 'Delete'),
    'click',
    () => {
      void remove(app, detail).catch((error: unknown) =>
        toast(error instanceof Error ? error.message : 'Not deleted.', 'bad'),
      )
    },
  )
  return h(
    'div',
    { class: 'object' },
    h(
      'div',
      { class: 'object-bar' },
      tierBadge(detail.tier),
      h('span', { class: 'muted' }, bytes(detail.size)),
      h('div', { class: 'actions' }, get, bin),
    ),
    h(
      'div',
      { class: 'object-columns' },
      h('div', { class: 'column' }, stage(detail, revealed, signal), findings(detail, revealed, signal)),
      h('div', { class: 'column' }, linkPanel(app, detail, signal), headerFacts(detail), envelope(detail)),
    ),
    reads(app, detail.id, signal),
  )
}

export const objectView =
  (id: string): View =>
  (app, signal) => {
    const title = h('h1', { tabindex: -1 }, `Object ${shortId(id)}`)
    const body = h('div', {})
    const load = () => {
      body.replaceChildren(blank('loading', 'Decrypting what was sealed with it'))
      api.object(id, signal).then(
        (detail) => body.replaceChildren(page(app, detail, title, signal)),
        (error: unknown) => !signal.aborted && body.replaceChildren(failure(error, load)),
      )
    }
    load()
    const node = h(
      'div',
      { class: 'view' },
      h('a', { class: 'back', href: '#/vault' }, icon('back', 18), 'Vault'),
      title,
    )
    add(node, body)
    return { title: `Object ${shortId(id)}`, node }
  }
