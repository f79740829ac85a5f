// Starts the page: session, state, header, and the view that the address names.
import type { AccessEvent } from '../../../shared/platform/ports.ts'
import type { FailedItem, Status } from '../api.ts'
import type { App, Loaded, View } from './app.ts'
import { renewTimes } from './badge.ts'
import { cell, soon } from './cell.ts'
import { api, serverNow } from './client.ts'
import { openEvents } from './events.ts'
import { failedView } from './failed.ts'
import { cleanName } from './format.ts'
import { drawHeader } from './header.ts'
import { lockedView } from './locked.ts'
import { announce } from './notice.ts'
import { objectView } from './object.ts'
import { keepObjects } from './objects.ts'
import { dropAllPictures } from './pictures.ts'
import { readsView } from './reads.ts'
import { startSession, token } from './session.ts'
import { trackUploads } from './uploads.ts'
import { vaultView } from './vault.ts'

const MOST_ACCESSES = 300
const forever = new AbortController().signal

function start(): App {
  const stream = openEvents()
  const uploads = trackUploads((text) => announce(cleanName(text)))
  const objects = keepObjects()
  const status = cell<Status | null>(null)
  const failed = cell<Loaded<readonly FailedItem[]>>({ state: 'loading' })
  const accesses = cell<Loaded<readonly AccessEvent[]>>({ state: 'loading' })

  const reloadStatus = soon(() => void api.status().then(status.set, () => {}), 120)
  const reloadFailed = soon(() => {
    api.failed().then(
      (list) => failed.set({ state: 'ready', value: list.failed }),
      (error: unknown) => failed.get().state !== 'ready' && failed.set({ state: 'error', error }),
    )
  }, 120)
  const reloadAccesses = soon(() => {
    api.accesses(100).then(
      (list) => accesses.set({ state: 'ready', value: list.accesses }),
      (error: unknown) => accesses.get().state !== 'ready' && accesses.set({ state: 'error', error }),
    )
  }, 120)

  stream.events.listen((event) => {
    uploads.take(event)
    if (event.type === 'access') {
      const now = accesses.get()
      if (now.state !== 'ready' || now.value.some(({ id }) => id === event.access.id)) return
      accesses.set({ state: 'ready', value: [event.access, ...now.value].slice(0, MOST_ACCESSES) })
    }
    if (event.type === 'changed') {
      if (event.what === 'objects') objects.refresh()
      if (event.what === 'failed') reloadFailed()
      if (event.what === 'status') reloadStatus()
    }
    if (event.type === 'step' && (event.step === 'committed' || event.step === 'erased')) objects.refresh()
    if (event.type === 'step' && event.step === 'failed') reloadFailed()
  }, forever)
  stream.opened.listen((which) => {
    if (which === 'again') uploads.reconnected()
    for (const reload of [reloadStatus, objects.refresh, reloadFailed, reloadAccesses]) reload()
  }, forever)
  return { stream, uploads, objects, status, failed, accesses, reloadFailed, reloadAccesses }
}

function viewAt(hash: string): { route: string; view: View } {
  const [, route = 'vault', id] = /^#\/([a-z]+)(?:\/([\w-]+))?/.exec(hash) ?? []
  if (route === 'object' && id) return { route: 'vault', view: objectView(id) }
  if (route === 'reads') return { route, view: readsView }
  if (route === 'failed') return { route, view: failedView }
  return { route: 'vault', view: vaultView }
}

const main = document.querySelector<HTMLElement>('#main')
const header = document.querySelector<HTMLElement>('#header')

async function run(): Promise<void> {
  if (!main || !header) return
  await startSession()
  const app = start()
  const mark = drawHeader(app, header, forever)
  const scrolls = new Map<string, number>()
  let place = ''
  let leave = new AbortController()

  const show = (moved: boolean) => {
    if (location.hash === '#main') {
      main.focus()
      history.replaceState(null, '', place || '#/vault')
      return
    }
    scrolls.set(place, window.scrollY)
    leave.abort()
    leave = new AbortController()
    if (token.get() === false) {
      dropAllPictures()
      main.replaceChildren(lockedView(sessionStorage.length === 0 && place !== ''))
      document.title = 'Safelight'
      return
    }
    place = location.hash
    const { route, view } = viewAt(place)
    const { title, node } = view(app, leave.signal)
    main.replaceChildren(node)
    mark(route)
    document.title = `${title} · Safelight`
    window.scrollTo(0, route === 'vault' && !place.startsWith('#/object') ? (scrolls.get(place) ?? 0) : 0)
    if (moved) node.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
  }
  window.addEventListener('hashchange', () => show(true))
  let had = token.get()
  token.watch((now) => {
    if (Boolean(now) !== Boolean(had)) show(true)
    had = now
  }, forever)
  show(false)
  setInterval(() => renewTimes(serverNow()), 30_000)
}

void run()
