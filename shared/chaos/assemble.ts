/**
 * A very small WebAssembly assembler: instructions as TypeScript values in, module bytes out (WebAssembly Core 2.0,
 * chapter 5). It is here so that the kernel's source is what runs, without a build step or a binary in the repository.
 */

export type Code = readonly number[]

/** A function over i32 parameters without a result; its locals, also i32, follow the parameters. */
export interface WasmFunction {
  readonly name: string
  readonly parameters: number
  readonly locals: number
  readonly code: Code
}

const I32 = 0x7f
const SECTION = { type: 1, function: 3, memory: 5, export: 7, code: 10 } as const
const EXPORTED = { function: 0, memory: 2 } as const
const END = 0x0b
const NO_RESULT = 0x40

/** Unsigned LEB128. */
function unsigned(value: number): Code {
  const bytes: number[] = []
  for (let rest = value; ; ) {
    const low = rest & 0x7f
    rest >>>= 7
    bytes.push(rest === 0 ? low : low | 0x80)
    if (rest === 0) return bytes
  }
}

/** Signed LEB128. */
function signed(value: number): Code {
  const bytes: number[] = []
  for (let rest = value; ; ) {
    const low = rest & 0x7f
    rest >>= 7
    const done = (rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40)
    bytes.push(done ? low : low | 0x80)
    if (done) return bytes
  }
}

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()]
const sized = (bytes: Code): Code => [...unsigned(bytes.length), ...bytes]
const named = (name: string): Code => sized([...name].map((letter) => letter.charCodeAt(0)))
const section = (id: number, items: readonly Code[]): Code => [id, ...sized(vector(items))]
/** Alignment (a hint, as a power of two) and offset of a memory access. */
const access = (alignment: number, offset: number): Code => [alignment, ...unsigned(offset)]

/** The instructions that the kernel needs, each as its bytes. */
export const op = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number): Code => [0x21, ...unsigned(local)],
  tee: (local: number): Code => [0x22, ...unsigned(local)],
  constant: (value: number): Code => [0x41, ...signed(value)],
  add: [0x6a],
  and: [0x71],
  shiftLeft: [0x74],
  lessUnsigned: [0x49],
  load16: (offset: number): Code => [0x2f, ...access(1, offset)],
  load128: (offset: number): Code => [0xfd, 0x00, ...access(4, offset)],
  store128: (offset: number): Code => [0xfd, 0x0b, ...access(4, offset)],
  /** Runs its body again where that leaves something other than 0. */
  loop: (...body: readonly Code[]): Code => [0x03, NO_RESULT, ...body.flat(), 0x0d, 0, END],
} as const

/** A module that exports these functions, and `memory` of that many pages (64 KiB), which can't grow. */
export function assemble(pages: number, functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [0x60, ...vector(Array(parameters).fill([I32])), 0])
  const bodies = functions.map(({ locals, code }) => sized([...vector([[...unsigned(locals), I32]]), ...code, END]))
  const exports = functions.map(({ name }, i): Code => [...named(name), EXPORTED.function, ...unsigned(i)])
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(SECTION.type, types),
    ...section(SECTION.function, functions.map((_, i) => unsigned(i))), // biome-ignore format: one section a line
    ...section(SECTION.memory, [[1, ...unsigned(pages), ...unsigned(pages)]]),
    ...section(SECTION.export, [[...named('memory'), EXPORTED.memory, 0], ...exports]),
    ...section(SECTION.code, bodies),
  ])
}
