/** What was sent to a deployment, and what a home holds of it: each upload is there once, whole, and never neither. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDeployment } from '../../cli/deployment.ts'
import { codeOf } from '../../cli/errors.ts'
import { namedBy } from '../../shared/flow/rewrap.ts'
import { openStored } from '../../shared/flow/stored.ts'
import { sweep } from '../../shared/flow/sweep.ts'
import type { Chunks } from '../../shared/platform/ports.ts'

export interface Sent {
  readonly bytes: Uint8Array
  /** `undefined`: whoever sent it was not told, so it may be there or not. */
  readonly accepted: boolean | undefined
}

export interface Held {
  /** SHA-256 of each committed object's content, read through its envelope to the last byte. */
  readonly committed: readonly string[]
  /** Of what lies in intake and in the drop folder. */
  readonly waiting: readonly string[]
}

const hashes = new WeakMap<Uint8Array, string>()

/** Remembered: what was sent is compared after every kill. */
export function sha256(bytes: Uint8Array): string {
  const known = hashes.get(bytes) ?? createHash('sha256').update(bytes).digest('hex')
  hashes.set(bytes, known)
  return known
}

/** The files below a folder in which a server is at work: it may remove folders while they are listed. */
export function filesNow(folder: string): readonly string[] {
  return entriesNow(folder).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesNow(path) : [path]
  })
}

function entriesNow(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

/** Undefined when it is gone by now. */
function contents(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

async function digest(stream: Chunks): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of stream) hash.update(part)
  return hash.digest('hex')
}

/** @param known object ids that were read before, with their content's hash: a body never changes */
export async function holdings(home: string, known: Map<string, string> = new Map()): Promise<Held> {
  await using deployment = await openDeployment(home, { create: false })
  const found: string[] = []
  for await (const row of deployment.catalogue.every()) {
    for (const { key, ref } of namedBy(row)) {
      if (known.has(ref.id)) continue
      const opened = await openStored(deployment, key, ref, ref.envelopeGeneration)
      known.set(ref.id, await digest(opened.stream()))
    }
    found.push(known.get(row.id) ?? '')
  }
  const waiting: string[] = []
  for await (const info of deployment.objects.versions('intake')) {
    const stream = await deployment.objects.get(info)
    if (stream) waiting.push(await digest(stream))
  }
  for (const file of filesNow(join(home, 'drop'))) {
    const bytes = contents(file)
    if (bytes) waiting.push(sha256(bytes))
  }
  return { committed: found, waiting }
}

/**
 * What is wrong with a home that a kill left; nothing, it is hoped.
 * @param atRest everything was given the time to end: then nothing waits
 */
export function complaints(sent: readonly Sent[], held: Held, atRest: boolean): readonly string[] {
  const wrong: string[] = []
  const known = new Map(sent.map((each) => [sha256(each.bytes), each]))
  const times = new Map<string, number>()
  for (const sha of held.committed) times.set(sha, (times.get(sha) ?? 0) + 1)
  const waiting = new Set(held.waiting)
  for (const sha of held.committed) if (!known.has(sha)) wrong.push('an object holds what nobody sent')
  for (const sha of held.waiting) if (!known.has(sha)) wrong.push('half of an upload waits in intake')
  for (const [sha, { accepted }] of known) {
    const count = times.get(sha) ?? 0
    if (count > 1) wrong.push(`an upload was committed ${count} times`)
    if (accepted && count === 0 && !waiting.has(sha)) wrong.push('an accepted upload is lost')
  }
  if (atRest && held.waiting.length > 0) wrong.push(`${held.waiting.length} uploads are still waiting`)
  return wrong
}

/** What lies in the vault without a catalogue row, after a sweep without grace and nothing else. */
export async function orphans(home: string): Promise<readonly string[]> {
  await using deployment = await openDeployment(home, { create: false })
  await sweep({ ...deployment, requeue: () => {} }, 0)
  const named = new Set<string>()
  for await (const row of deployment.catalogue.every()) {
    for (const { key, ref } of namedBy(row)) {
      named.add(key)
      if (ref.envelopeGeneration > 0) named.add(`e/${ref.id}/${ref.envelopeGeneration}`)
    }
  }
  const left: string[] = []
  for await (const { key } of deployment.objects.versions('vault')) if (!named.has(key)) left.push(key)
  return left
}
