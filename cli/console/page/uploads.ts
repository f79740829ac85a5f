// Sends files, three at a time, and follows every upload through the pipeline, those of the drop folder included.
import type { StepEvent } from '../../../shared/platform/ports.ts'
import type { ConsoleEvent } from '../api.ts'
import { type Cell, cell } from './cell.ts'
import { api, explain, sendFile } from './client.ts'
import { afterStep, ended, type Progress, waiting } from './progress.ts'

const AT_ONCE = 3
/** Finished rows that are kept. */
const REMEMBERED = 200

export interface Uploads {
  readonly list: Cell<readonly Progress[]>
  add(files: readonly File[]): void
  /** The picture that is being sent, for a thumbnail; gone once the row is. */
  file(key: string): File | undefined
  samples(): Promise<void>
  retry(key: string): Promise<void>
  clearEnded(): void
  take(event: ConsoleEvent): void
  /** The replay of what was missed follows. */
  reconnected(): void
}

export function trackUploads(said: (text: string) => void): Uploads {
  const list = cell<readonly Progress[]>([])
  const files = new Map<string, File>()
  const rows = new Map<string, Progress>()
  const keyOfUpload = new Map<string, string>()
  const never = new AbortController().signal
  let next = 0
  let sending = 0
  /** What was at work when the connection broke: what the replay says nothing of ended too long ago for it. */
  let untold: ReadonlyMap<string, Progress> = new Map()

  const publish = () => list.set([...rows.values()])
  function set(progress: Progress): void {
    rows.set(progress.key, progress)
    publish()
  }
  function change(key: string, part: Partial<Progress>): void {
    const row = rows.get(key)
    if (row) set({ ...row, ...part })
  }

  /** Joins the server's id with our row; steps may have arrived before the answer did, in a row of their own. */
  function adopt(key: string, upload: string): void {
    const early = keyOfUpload.get(upload)
    const row = rows.get(key)
    keyOfUpload.set(upload, key)
    if (!row) return
    const known = early === undefined || early === key ? undefined : rows.get(early)
    if (known) rows.delete(known.key)
    set(
      known
        ? { ...known, key, name: row.name, size: row.size, upload, started: row.started ?? known.started }
        : { ...row, upload, sent: 1, phase: 'sealing' },
    )
  }

  async function send(key: string, file: File): Promise<void> {
    sending += 1
    change(key, { phase: 'sending', started: Date.now(), ended: null, sent: 0, step: null, reason: null, hint: null })
    try {
      const { upload } = await sendFile(file, (sent) => change(key, { sent }), never)
      adopt(key, upload)
    } catch (error) {
      const { text, hint } = explain(error)
      change(key, { phase: 'failed', reason: text, hint, ended: Date.now(), upload: null })
    }
    sending -= 1
    pump()
  }

  function pump(): void {
    for (const [key, row] of rows) {
      if (sending >= AT_ONCE) return
      const file = files.get(key)
      if (row.phase === 'waiting' && file) void send(key, file)
    }
  }

  /** A page that stays open for weeks must not grow with every file of the drop folder. */
  function forgetOldest(): void {
    const done = [...rows.values()].filter(({ phase }) => phase === 'done')
    for (const row of done.slice(0, Math.max(0, done.length - REMEMBERED))) {
      rows.delete(row.key)
      if (row.upload) keyOfUpload.delete(row.upload)
    }
  }

  function step(event: StepEvent): void {
    let key = keyOfUpload.get(event.upload)
    if (key === undefined) {
      next += 1
      key = `seen-${next}`
      keyOfUpload.set(event.upload, key)
      rows.set(key, { ...waiting(key, null, null), upload: event.upload })
    }
    const row = rows.get(key)
    if (!row) return
    const moved = afterStep(row, event, Date.now())
    set(moved)
    if (moved.phase === 'done' && row.phase !== 'done') {
      said(`${moved.name ?? 'A file'} is sealed${moved.tier ? `, ${moved.tier}` : ''}.`)
      files.delete(key)
      forgetOldest()
    }
    if (moved.phase === 'failed' && row.phase !== 'failed') said(`${moved.name ?? 'A file'} failed.`)
  }

  return {
    list,
    add(chosen) {
      for (const file of chosen) {
        next += 1
        const key = `own-${next}`
        files.set(key, file)
        rows.set(key, waiting(key, file.name, file.size))
      }
      publish()
      pump()
    },
    file: (key) => files.get(key),
    async samples() {
      const { uploads } = await api.samples()
      for (const { upload, name } of uploads) {
        next += 1
        const key = `own-${next}`
        rows.set(key, { ...waiting(key, name, null), started: Date.now() })
        adopt(key, upload)
      }
    },
    async retry(key) {
      const row = rows.get(key)
      if (!row) return
      if (row.upload === null) {
        change(key, { phase: 'waiting' })
        pump()
        return
      }
      const item = (await api.failed()).failed.find((failed) => failed.upload === row.upload)
      if (!item) throw new Error('This upload is no longer in the failed list.')
      await api.retry(item.id)
      change(key, { phase: 'sealing', reason: null, hint: null, ended: null })
    },
    clearEnded() {
      for (const [key, row] of rows) {
        if (!ended(row)) continue
        rows.delete(key)
        files.delete(key)
      }
      publish()
    },
    take(event) {
      if (event.type === 'step') step(event)
      if (event.type === 'replayed') {
        for (const [key, row] of untold) {
          if (rows.get(key) === row) change(key, { phase: 'lost', ended: Date.now() })
        }
        untold = new Map()
      }
    },
    reconnected() {
      untold = new Map([...rows].filter(([, row]) => row.phase === 'sealing'))
    },
  }
}
