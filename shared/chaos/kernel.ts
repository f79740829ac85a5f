/**
 * Moves the 16-byte blocks of a chunk by a table and an affine walk through it. With WebAssembly SIMD where the platform
 * has it and its content policy lets it run, by typed arrays elsewhere; both give the same bytes.
 */
import { assemble, type Code, op } from './assemble.ts'

export const BLOCK = 16
/** Blocks of a full chunk. */
export const BLOCKS = 1024
export const CHUNK = BLOCK * BLOCKS

/** Which block goes where: pi(i) = table[(a * i + r) mod 1024] / 16, for i = 0 to n-1, a bijection of 0..n-1. */
export interface Walk {
  /** 1,024 byte offsets, multiples of 16. Not to be changed once it was used. */
  readonly table: Uint16Array
  readonly n: number
  readonly a: number
  readonly r: number
}

/** What it gives is scratch memory, good until the next call of either. Bytes behind the n blocks stay where they are. */
export interface Kernel {
  /** Block i of the answer is block pi(i) of the chunk. */
  gather(chunk: Uint8Array, walk: Walk): Uint8Array
  /** Block pi(i) of the answer is block i of the chunk. */
  scatter(chunk: Uint8Array, walk: Walk): Uint8Array
}

type Move = (n: number, a: number, r: number) => void

const OUT = CHUNK
const TABLE = 2 * CHUNK
const ENTRIES = 2 * BLOCKS
/** Masks a byte offset into the table: entries are of two bytes. */
const WRAP = ENTRIES - 1
const PAGES = 1

/** A kernel in one memory: the chunk at 0, the answer behind it, then the table. */
function kernelOver(memory: ArrayBuffer, gather: Move, scatter: Move): Kernel {
  const bytes = new Uint8Array(memory)
  const table = new Uint16Array(memory, TABLE, BLOCKS)
  const whole = bytes.subarray(OUT, OUT + CHUNK)
  let loaded: Uint16Array | undefined
  function run(move: Move, chunk: Uint8Array, walk: Walk): Uint8Array {
    const { n, a, r } = walk
    if (loaded !== walk.table) {
      table.set(walk.table)
      loaded = walk.table
    }
    bytes.set(chunk)
    move(n, a, r)
    if (n === BLOCKS) return whole
    bytes.copyWithin(OUT + n * BLOCK, n * BLOCK, chunk.length)
    return bytes.subarray(OUT, OUT + chunk.length)
  }
  return {
    gather: (chunk, walk) => run(gather, chunk, walk),
    scatter: (chunk, walk) => run(scatter, chunk, walk),
  }
}

/** The same for every platform. */
export function typedArrayKernel(): Kernel {
  const memory = new ArrayBuffer(PAGES * 65_536)
  const words = new Uint32Array(memory)
  const table = new Uint16Array(memory, TABLE, BLOCKS)
  function move(from: number, to: number): void {
    words[to] = words[from] as number
    words[to + 1] = words[from + 1] as number
    words[to + 2] = words[from + 2] as number
    words[to + 3] = words[from + 3] as number
  }
  const at = (t: number) => (table[t & (BLOCKS - 1)] as number) >>> 2
  return kernelOver(
    memory,
    (n, a, r) => {
      for (let i = 0, t = r; i < n; i++, t += a) move(at(t), (OUT >>> 2) + 4 * i)
    },
    (n, a, r) => {
      for (let i = 0, t = r; i < n; i++, t += a) move(4 * i, (OUT >>> 2) + at(t))
    },
  )
}

// Parameters and locals of both functions, in bytes: n becomes where the straight side ends, a and r count table bytes.
const [N, A, T, I] = [0, 1, 2, 3]
const entry: Code = [...op.get(T), ...op.constant(WRAP), ...op.and, ...op.load16(TABLE)]

/** `step` moves block I to or from where `entry` says; I and T go on until I reaches N. */
function walkingLoop(step: Code): Code {
  return [
    ...[...op.get(N), ...op.constant(4), ...op.shiftLeft, ...op.set(N)],
    ...[...op.get(A), ...op.constant(1), ...op.shiftLeft, ...op.set(A)],
    ...[...op.get(T), ...op.constant(1), ...op.shiftLeft, ...op.set(T)],
    ...op.loop(
      step,
      [...op.get(T), ...op.get(A), ...op.add, ...op.set(T)],
      [...op.get(I), ...op.constant(BLOCK), ...op.add, ...op.tee(I)],
      [...op.get(N), ...op.lessUnsigned],
    ),
  ]
}

const GATHER = walkingLoop([...op.get(I), ...entry, ...op.load128(0), ...op.store128(OUT)])
const SCATTER = walkingLoop([...entry, ...op.get(I), ...op.load128(0), ...op.store128(OUT)])

/** What is used of WebAssembly's JavaScript interface: the types of neither ECMAScript nor Node have it. */
declare const WebAssembly: {
  readonly Module: new (binary: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (compiled: object) => { readonly exports: Readonly<Record<string, unknown>> }
  readonly Memory: abstract new () => { readonly buffer: ArrayBuffer }
}

/** Undefined where there is no WebAssembly SIMD, or where a content policy forbids it. */
export function simdKernel(): Kernel | undefined {
  const shape = { parameters: 3, locals: 1 }
  const binary = assemble(PAGES, [
    { name: 'gather', ...shape, code: GATHER },
    { name: 'scatter', ...shape, code: SCATTER },
  ])
  try {
    const { memory, gather, scatter } = new WebAssembly.Instance(new WebAssembly.Module(binary)).exports
    if (!(memory instanceof WebAssembly.Memory)) return undefined
    if (typeof gather !== 'function' || typeof scatter !== 'function') return undefined
    return kernelOver(memory.buffer, (n, a, r) => gather(n, a, r), (n, a, r) => scatter(n, a, r)) // biome-ignore format: alike
  } catch {
    return undefined
  }
}

/**
 * One for all objects: every call is synchronous, and an instance each would reserve address space each. It keeps the
 * last chunk until the next, as the heap keeps what was collected: zeroing is best effort in JavaScript anyway.
 */
export const kernel: Kernel = simdKernel() ?? typedArrayKernel()
