/**
 * Plaintext that can be read only once (stdin), kept so that it can be read twice: in memory while it is small, then in a
 * temporary file encrypted under a key that exists in this process alone.
 */
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { nodePrimitives } from '../shared/platform/crypto.ts'
import { AuthenticationFailed, type Chunks } from '../shared/platform/ports.ts'
import { pieces } from '../shared/vault/body.ts'
import { temporaryFolder } from './temporary.ts'

export interface Spool extends AsyncDisposable {
  /** Bytes. */
  readonly size: number
  /** From the start, as often as wanted. */
  read(): Chunks
}

const PIECE = 256 * 1024
const TAG = 16

export async function spool(input: Chunks, memoryLimit = 8 * 1024 * 1024): Promise<Spool> {
  const held: Uint8Array[] = []
  let size = 0
  const rest = pieces(input, PIECE)[Symbol.asyncIterator]()
  for (;;) {
    const next = await rest.next()
    if (next.done) return inMemory(held, size)
    held.push(next.value.slice())
    size += next.value.length
    if (size > memoryLimit) return inFile(held, rest)
  }
}

function inMemory(held: readonly Uint8Array[], size: number): Spool {
  return {
    size,
    async *read() {
      yield* held
    },
    async [Symbol.asyncDispose]() {
      for (const piece of held) piece.fill(0)
    },
  }
}

async function inFile(held: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): Promise<Spool> {
  const folder = temporaryFolder()
  const path = join(folder.path, 'spool')
  const aead = nodePrimitives.aes256Gcm(randomBytes(32))
  const dispose = () => folder[Symbol.asyncDispose]()
  let size = 0
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      let k = 0
      const add = async (piece: Uint8Array) => {
        await file.appendFile(aead.seal(nonceOf(k++), piece))
        size += piece.length
      }
      for (const piece of held) await add(piece)
      for (let next = await rest.next(); !next.done; next = await rest.next()) await add(next.value)
    } finally {
      await file.close()
    }
  } catch (error) {
    await dispose()
    throw error
  }
  return {
    size,
    async *read() {
      let k = 0
      for await (const sealed of pieces(createReadStream(path), PIECE + TAG)) {
        if (sealed.length === 0) return
        const piece = aead.open(nonceOf(k++), sealed)
        if (piece === undefined) throw new AuthenticationFailed()
        yield piece
      }
    },
    [Symbol.asyncDispose]: dispose,
  }
}

/** The key is fresh for every spool, so counting is enough. */
function nonceOf(k: number): Uint8Array {
  const nonce = new Uint8Array(12)
  new DataView(nonce.buffer).setUint32(8, k)
  return nonce
}
