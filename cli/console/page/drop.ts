// The drop zone: click, drop, paste, or choose a folder; the whole page catches a drop, so that nobody has to aim.
import type { App } from './app.ts'
import { filesOf, hasFiles } from './choose.ts'
import { add, h, on } from './dom.ts'
import { emblem } from './emblem.ts'
import { cleanName } from './format.ts'
import { icon } from './icons.ts'
import { busy, toast } from './notice.ts'

function picker(folder: boolean, chosen: (files: readonly File[]) => void): HTMLInputElement {
  const input = h('input', {
    type: 'file',
    multiple: true,
    webkitdirectory: folder,
    class: 'hidden-text',
    tabindex: -1,
    'aria-hidden': 'true',
    id: folder ? 'choose-folder' : 'choose-files',
  })
  return on(input, 'change', () => {
    chosen([...(input.files ?? [])])
    // The same file chosen twice must be two changes.
    input.value = ''
  })
}

export interface DropZone {
  readonly node: HTMLElement
  /** Which button stands first, for the eye and for the Tab key alike. */
  samplesFirst(first: boolean): void
}

export function dropZone(app: App, signal: AbortSignal): DropZone {
  const take = (files: readonly File[]) => {
    if (files.length === 0) toast('There was no file in that.', 'bad')
    else app.uploads.add(files)
  }
  const files = picker(false, take)
  const folder = picker(true, take)
  const choose = on(
    h('button', { type: 'button', class: 'primary', id: 'choose' }, icon('tray'), 'Choose files'),
    'click',
    () => files.click(),
  )
  const chooseFolder = on(h('button', { type: 'button' }, 'A folder'), 'click', () => folder.click())
  const samples = h('button', { type: 'button', id: 'samples' }, icon('sparkle'), 'Try samples')
  busy(samples, () => app.uploads.samples())
  const actions = h('div', { class: 'actions' }, choose, chooseFolder, samples)
  const folderNote = h('p', { class: 'muted drop-folder' })

  const zone = h(
    'section',
    { class: 'drop', 'aria-label': 'Add pictures' },
    emblem(),
    h('span', { class: 'corner', 'aria-hidden': 'true' }),
    h(
      'div',
      { class: 'drop-words' },
      h('h1', { class: 'drop-title', tabindex: -1 }, 'Drop pictures to seal them'),
      h(
        'p',
        { class: 'muted' },
        'Each is encrypted as strictly as what it shows demands, opened once to make sure, and only then its plaintext is erased from the intake. Your own files stay where they are.',
      ),
      actions,
      folderNote,
    ),
    files,
    folder,
  )
  // A click beside the buttons is meant for the zone; the buttons are what keyboards reach.
  on(zone, 'click', (event) => {
    if (event.target instanceof Element && !event.target.closest('button, input, code, a')) files.click()
  })

  app.status.watch((status) => {
    folderNote.replaceChildren()
    if (status?.dropFolder) {
      add(folderNote, 'Or put files into ', h('code', {}, cleanName(status.dropFolder)), ': sealed, then erased there.')
    }
  }, signal)

  let depth = 0
  const over = (inside: boolean) => {
    depth = inside ? depth + 1 : Math.max(0, depth - 1)
    document.documentElement.classList.toggle('dropping', depth > 0)
  }
  const listen = { signal }
  window.addEventListener('dragenter', (event) => hasFiles(event.dataTransfer) && over(true), listen)
  window.addEventListener('dragleave', (event) => hasFiles(event.dataTransfer) && over(false), listen)
  window.addEventListener(
    'dragover',
    (event) => {
      if (!hasFiles(event.dataTransfer)) return
      event.preventDefault()
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy'
    },
    listen,
  )
  window.addEventListener(
    'drop',
    (event) => {
      event.preventDefault()
      depth = 0
      document.documentElement.classList.remove('dropping')
      if (hasFiles(event.dataTransfer)) void filesOf(event.dataTransfer).then(take, () => take([]))
    },
    listen,
  )
  window.addEventListener(
    'paste',
    (event) => {
      if (hasFiles(event.clipboardData)) void filesOf(event.clipboardData).then(take, () => take([]))
    },
    listen,
  )
  signal.addEventListener('abort', () => document.documentElement.classList.remove('dropping'))
  return {
    node: zone,
    samplesFirst(first) {
      if ((actions.firstElementChild === samples) === first) return
      const focused = document.activeElement
      // The samples' button stays where it is: it is the one that was pressed when the vault stops being empty.
      if (first) actions.append(choose, chooseFolder)
      else actions.prepend(choose, chooseFolder)
      if (focused instanceof HTMLElement && actions.contains(focused)) focused.focus({ preventScroll: true })
    },
  }
}
