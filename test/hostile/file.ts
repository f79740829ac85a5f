/** What the generators of hostile files make: a name to call it by, its bytes when they are wanted, and what must become of it. */

export interface HostileFile {
  /** What is hostile about it; also the name it is uploaded under where it brings none of its own. */
  readonly what: string
  /** The same bytes each time; made late, since some are large. */
  readonly make: () => Uint8Array | Promise<Uint8Array>
  /** Whether it can't be looked at, so that it must end at the strictest tier; where it isn't known, whichever it is must fit the tier. */
  readonly unreadable?: true
  /** The name it comes with. */
  readonly fileName?: string
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'))
}

export function join(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts.map((part) => (typeof part === 'string' ? ascii(part) : part))))
}

export function u16be(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 255)
}

export function u32be(value: number): Uint8Array {
  const out = Buffer.alloc(4)
  out.writeUInt32BE(value)
  return Uint8Array.from(out)
}

export function u16le(value: number): Uint8Array {
  return u16be(value).reverse()
}

export function u32le(value: number): Uint8Array {
  return u32be(value).reverse()
}

/** A copy with these bytes at `at`. @throws RangeError where they don't fit */
export function patched(bytes: Uint8Array, at: number, by: Uint8Array): Uint8Array {
  const out = bytes.slice()
  out.set(by, at)
  return out
}

/** Where `needle` begins. @throws where it doesn't occur: a generator that patches nothing makes nothing hostile */
export function find(bytes: Uint8Array, needle: Uint8Array | string, from = 0): number {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(
    typeof needle === 'string' ? Buffer.from(needle, 'latin1') : needle,
    from,
  )
  if (at < 0) throw new Error('what should be patched is not there')
  return at
}
