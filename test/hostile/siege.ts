/** One hostile file against a real server: what became of it, judged by what anybody may see from outside. */
import * as z from 'zod'
import { listFailed, listObjects, type Server, until } from '../support/server.ts'
import type { HostileFile } from './file.ts'
import type { Observed, Observer } from './observe.ts'

export type Fate =
  | {
      readonly kind: 'sealed'
      readonly id: string
      readonly tier: string
      readonly name: string | null
      /** Whether it could be looked at. */
      readonly read: boolean
      readonly exact: boolean
    }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string }

export interface Outcome {
  readonly what: string
  readonly fate: Fate
  /** From the first byte sent until it was committed, seconds. */
  readonly seconds: number
  readonly seen: Observed
  /** What was not as it should be; empty when all was. */
  readonly wrong: readonly string[]
}

export interface Bounds {
  readonly seconds: number
  readonly growthMiB: number
  readonly answerMs: number
}
export const BOUNDS: Bounds = { seconds: 10, growthMiB: 300, answerMs: 1000 }
const PATIENCE_MS = 60_000

const accepted = z.object({ upload: z.string() })
const refused = z.object({ error: z.string().min(5) })
const detail = z.object({
  tier: z.string(),
  sealed: z.object({ name: z.string().nullable(), width: z.number().nullable() }),
})

export async function fateOf(server: Server, id: string, bytes: Uint8Array): Promise<Fate> {
  const { tier, sealed } = detail.parse(await (await server.api(`/api/objects/${id}`)).json())
  const content = await server.api(`/api/objects/${id}/content`)
  const exact = content.ok && Buffer.from(await content.arrayBuffer()).equals(bytes)
  return { kind: 'sealed', id, tier, name: sealed.name, read: sealed.width !== null, exact }
}

/** Waits for an object that was not there before, or for `upload` on the failed list. */
export async function settled(
  server: Server,
  known: ReadonlySet<string>,
  upload?: string,
): Promise<string | undefined> {
  return until(
    'an end of it',
    async () => {
      const found = (await listObjects(server)).find(({ id }) => !known.has(id))
      if (found) return { id: found.id }
      return (await listFailed(server)).some((item) => item.upload === upload) && { id: undefined }
    },
    PATIENCE_MS,
  ).then(({ id }) => id)
}

async function send(
  server: Server,
  bytes: Uint8Array,
  encodedName: string,
  known: ReadonlySet<string>,
): Promise<Fate & { seconds?: number }> {
  const headers = { 'X-File-Name': encodedName }
  const started = performance.now()
  const response = await server.api('/api/uploads', { method: 'POST', headers, body: Uint8Array.from(bytes) })
  // What is past the limits of HTTP itself is refused by its parser, in HTTP's words.
  if (response.status === 431) return { kind: 'refused', message: response.statusText }
  if (!response.ok) return { kind: 'refused', message: refused.parse(await response.json()).error }
  const { upload } = accepted.parse(await response.json())
  const id = await settled(server, known, upload)
  const seconds = (performance.now() - started) / 1000
  if (id !== undefined) return { ...(await fateOf(server, id, bytes)), seconds }
  const item = (await listFailed(server)).find((failed) => failed.upload === upload)
  return { kind: 'failed', message: item?.reason ?? '', seconds }
}

function wrongWith(
  file: Pick<HostileFile, 'unreadable'>,
  fate: Fate,
  seconds: number,
  seen: Observed,
  bounds: Bounds,
): string[] {
  const wrong: string[] = []
  if (fate.kind === 'failed') wrong.push(`it ended on the failed list: ${fate.message}`)
  if (fate.kind === 'sealed') {
    if (!fate.exact) wrong.push('it does not open to the exact bytes')
    if (file.unreadable && fate.read) wrong.push('it was looked at')
    if (!fate.read && fate.tier !== 'restricted') wrong.push(`unseen, and ${fate.tier}`)
  }
  if (seconds > bounds.seconds) wrong.push(`it took ${seconds.toFixed(1)} s`)
  if (seen.sealer > bounds.growthMiB) wrong.push(`the sealing process grew by ${seen.sealer.toFixed(0)} MiB`)
  if (seen.server > bounds.growthMiB) wrong.push(`the server grew by ${seen.server.toFixed(0)} MiB`)
  if (seen.slowest > bounds.answerMs) wrong.push(`an answer took ${seen.slowest.toFixed(0)} ms`)
  return wrong
}

export interface Attack {
  readonly file: Pick<HostileFile, 'what' | 'unreadable'>
  readonly bytes: Uint8Array
  /** As it goes into X-File-Name. */
  readonly encodedName: string
}

export async function attack(
  server: Server,
  observer: Observer,
  { file, bytes, encodedName }: Attack,
  bounds = BOUNDS,
): Promise<Outcome> {
  const known = new Set((await listObjects(server)).map(({ id }) => id))
  const { result, seen } = await observer.during(() => send(server, bytes, encodedName, known))
  const seconds = result.seconds ?? 0
  return { what: file.what, fate: result, seconds, seen, wrong: wrongWith(file, result, seconds, seen, bounds) }
}

/** One line about it, for a person. */
export function textOf({ fate, seconds, seen, wrong }: Outcome): string {
  const end =
    fate.kind === 'sealed'
      ? `sealed ${fate.tier}, ${fate.read ? 'looked at' : 'unseen'}`
      : `${fate.kind}: ${fate.message}`
  const cost = `${seconds.toFixed(1)} s, sealer +${seen.sealer.toFixed(0)} MiB, server +${seen.server.toFixed(0)} MiB, answers within ${seen.slowest.toFixed(0)} ms`
  return [end, cost, ...wrong].join('; ')
}
