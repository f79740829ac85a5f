// Fetches decrypted previews and lends them out as blob URLs, a few at once, forgotten again when they aren't needed.
import type { RenditionKind } from '../../../shared/platform/ports.ts'
import { api } from './client.ts'

const AT_ONCE = 4
const KEPT = 160

export interface Picture {
  readonly url: string
  readonly blob: Blob
}

const kept = new Map<string, Picture>()
const waitingFor = new Map<string, Promise<Picture>>()
const queue: (() => void)[] = []
let running = 0

async function turn(): Promise<void> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => queue.push(resolve))
  else running += 1
}

function done(): void {
  const next = queue.shift()
  if (next) next()
  else running -= 1
}

function keep(key: string, picture: Picture): void {
  kept.set(key, picture)
  for (const [oldKey, { url }] of kept) {
    if (kept.size <= KEPT) break
    kept.delete(oldKey)
    // What is on screen was decoded already and stays there.
    URL.revokeObjectURL(url)
  }
}

/** One rendition and a blob URL of it. Fetched once however many ask, because every fetch is recorded as a read. */
export function picture(id: string, rendition: RenditionKind): Promise<Picture> {
  const key = `${id}/${rendition}`
  const known = kept.get(key)
  if (known) {
    kept.delete(key)
    kept.set(key, known)
    return Promise.resolve(known)
  }
  const asked = waitingFor.get(key)
  if (asked) return asked
  const work = (async () => {
    await turn()
    try {
      const blob = await api.content(id, rendition)
      const picture = { url: URL.createObjectURL(blob), blob }
      keep(key, picture)
      return picture
    } finally {
      waitingFor.delete(key)
      done()
    }
  })()
  waitingFor.set(key, work)
  return work
}

/** Forgets what was decrypted of an object that is gone. */
export function dropPictures(id: string): void {
  for (const [key, { url }] of kept) {
    if (!key.startsWith(`${id}/`)) continue
    kept.delete(key)
    URL.revokeObjectURL(url)
  }
}

/** Forgets everything, when the session ends. */
export function dropAllPictures(): void {
  for (const { url } of kept.values()) URL.revokeObjectURL(url)
  kept.clear()
}
