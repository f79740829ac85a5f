/** What a ranged open of 64 KiB out of 1 GiB reads of the store, counted where the product reads: at the Objects port. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStored } from '../shared/flow/stored.ts'
import { hex } from '../shared/keys/encoding.ts'
import { nodePrimitives as primitives } from '../shared/platform/crypto.ts'
import { openObjects } from '../shared/platform/local/objects.ts'
import type { Chunks, ReadableObjects } from '../shared/platform/ports.ts'
import { CHUNK } from '../shared/vault/layout.ts'
import { sealObject } from '../shared/vault/seal.ts'
import { benchKeys, STACK } from './keys.ts'
import { judged, type Publish } from './line.ts'

const SIZE = 2 ** 30
const RANGE = 64 * 1024
const KEY = 'o/bench'
const KIB = 1024

async function* zeros(): Chunks {
  const part = new Uint8Array(2 ** 20)
  for (let at = 0; at < SIZE; at += part.length) yield part
}

/** Counts what the store hands out, whether or not the reader wants all of it. */
function counting(objects: ReadableObjects): {
  objects: ReadableObjects
  taken(): { bytes: number; requests: number }
} {
  let bytes = 0
  let requests = 0
  async function* counted(stream: Chunks): Chunks {
    for await (const part of stream) {
      bytes += part.length
      yield part
    }
  }
  return {
    objects: {
      head: objects.head,
      async get(ref, range) {
        requests++
        const stream = await objects.get(ref, range)
        return stream && counted(stream)
      },
    },
    taken() {
      const taken = { bytes, requests }
      bytes = 0
      requests = 0
      return taken
    },
  }
}

export async function bench(publish: Publish): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'safelight-bench-'))
  try {
    const objects = openObjects(root)
    const { recipient, keyring } = benchKeys(1024)
    const hash = primitives.sha256Stream()
    for await (const part of zeros()) hash.update(part)
    const sealed = await sealObject(primitives, {
      ...{ stackId: STACK, recipients: [recipient], created: 0, tier: 3, plaintextLength: SIZE },
      metadata: { sha256: hash.digest(), mediaType: 'application/octet-stream' },
    })
    const stored = await objects.put('vault', KEY, sealed.stream(zeros()), { ifAbsent: true })
    if (!stored) throw new Error('the new store holds that key already')
    const { versionId, size } = stored
    const row = { id: hex(sealed.objectId), versionId, size, plaintextLength: SIZE, headDigest: hex(sealed.headDigest) }
    const { objects: watched, taken } = counting(objects)

    const places = [
      ['from where a chunk begins', 32_768 * CHUNK],
      ['across chunks, in the middle', 32_768 * CHUNK + CHUNK / 2],
      ['at the end', SIZE - RANGE],
    ] as const
    for (const [where, first] of places) {
      const opened = await openStored({ primitives, keyring, objects: watched }, KEY, row, 0)
      let length = 0
      for await (const part of opened.stream({ first, last: first + RANGE - 1 })) length += part.length
      if (length !== RANGE) throw new Error('not the range that was asked for')
      const { bytes, requests } = taken()
      const metric = `read for 64 KiB of 1 GiB, ${where} (${requests} requests)`
      publish({ bench: 'open', metric, value: bytes / KIB, unit: 'KiB', ...judged(bytes / KIB, { atMost: 200 }) })
    }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
