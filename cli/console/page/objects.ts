// The vault's objects as far as they were paged in, newest first, kept in step with the server.
import type { ObjectSummary } from '../api.ts'
import type { Loaded } from './app.ts'
import { type Cell, cell, soon } from './cell.ts'
import { api } from './client.ts'
import { dropPictures } from './pictures.ts'

const PAGE = 60

export interface ObjectPages {
  readonly objects: readonly ObjectSummary[]
  readonly next: string | null
}

export interface ObjectStore {
  readonly pages: Cell<Loaded<ObjectPages>>
  /** Fetches the newest page again, soon. */
  refresh(): void
  more(): Promise<void>
  gone(id: string): void
}

/** The newest page laid over what is known: new ones first; what the page should have held and didn't is gone. */
export function merged(known: ObjectPages, fresh: ObjectPages): ObjectPages {
  if (fresh.next === null) return fresh
  const last = fresh.objects.at(-1)
  const at = known.objects.findIndex(({ id }) => id === last?.id)
  // The pages don't meet any more: start again from the newest.
  if (at < 0) return fresh
  return { objects: [...fresh.objects, ...known.objects.slice(at + 1)], next: known.next }
}

export function keepObjects(): ObjectStore {
  const pages = cell<Loaded<ObjectPages>>({ state: 'loading' })
  let loadingMore = false

  async function load(): Promise<void> {
    try {
      const fresh = await api.objects(null, PAGE)
      const now = pages.get()
      pages.set({ state: 'ready', value: now.state === 'ready' ? merged(now.value, fresh) : fresh })
    } catch (error) {
      if (pages.get().state !== 'ready') pages.set({ state: 'error', error })
    }
  }

  return {
    pages,
    refresh: soon(() => void load(), 120),
    async more() {
      const now = pages.get()
      if (loadingMore || now.state !== 'ready' || now.value.next === null) return
      loadingMore = true
      try {
        const page = await api.objects(now.value.next, PAGE)
        // A refresh may have come in between.
        const latest = pages.get()
        const known = latest.state === 'ready' ? latest.value.objects : now.value.objects
        const have = new Set(known.map(({ id }) => id))
        const objects = [...known, ...page.objects.filter(({ id }) => !have.has(id))]
        pages.set({ state: 'ready', value: { objects, next: page.next } })
      } finally {
        loadingMore = false
      }
    },
    gone(id) {
      dropPictures(id)
      const now = pages.get()
      if (now.state !== 'ready') return
      const objects = now.value.objects.filter((object) => object.id !== id)
      pages.set({ state: 'ready', value: { ...now.value, objects } })
    },
  }
}
