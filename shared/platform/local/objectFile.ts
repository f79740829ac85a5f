/**
 * One version of one object is one file, so that a single rename publishes bytes and metadata together:
 *
 *     "SLO1" || u32 length || JSON {key, metadata} || the object's bytes
 */
import { type FileHandle, open } from 'node:fs/promises'
import * as z from 'zod'
import { checkMetadata } from '../objectRules.ts'
import { type Chunks, Unavailable } from '../ports.ts'
import { ifPresent, onDisk, PRIVATE_FILE } from './disk.ts'

const MAGIC = Buffer.from('SLO1')
const MAX_HEADER = 16 * 1024
const PIECE = 256 * 1024

/** The file is there and isn't what was put: another try won't help. */
export class DamagedObject extends Unavailable {}

const Header = z.object({ key: z.string(), metadata: z.record(z.string(), z.string()) })

export interface ObjectFile {
  readonly key: string
  readonly metadata: Readonly<Record<string, string>>
  /** Where the object's bytes start in the file. */
  readonly start: number
  /** How many there are. */
  readonly size: number
}

/** @throws RangeError for metadata that not every provider could keep */
export function encodeHeader(key: string, metadata: Readonly<Record<string, string>>): Uint8Array {
  checkMetadata(metadata)
  const json = Buffer.from(JSON.stringify({ key, metadata }))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(json.length)
  return Buffer.concat([MAGIC, length, json])
}

/** What lies in this file; undefined when there is none. @throws Unavailable when it isn't an object of that key */
export async function readObjectFile(file: string, key: string): Promise<ObjectFile | undefined> {
  return onDisk('reading an object', async () => {
    const handle = await ifPresent(() => open(file, 'r'))
    if (handle === undefined) return undefined
    try {
      const { size } = await handle.stat()
      const prefix = await readExactly(handle, 0, 8)
      const length = prefix.readUInt32BE(4)
      if (!prefix.subarray(0, 4).equals(MAGIC) || length > MAX_HEADER) throw damaged()
      const header = parseHeader(await readExactly(handle, 8, length))
      if (header.key !== key) throw damaged()
      return { ...header, start: 8 + length, size: size - 8 - length }
    } finally {
      await handle.close()
    }
  })
}

/** Streams `length` bytes from `start`, a bounded piece at a time; opens on first use and closes on early return. */
export async function* readBytes(file: string, start: number, length: number): Chunks {
  const handle = await onDisk('reading an object', () => ifPresent(() => open(file, 'r')))
  if (handle === undefined) throw new Unavailable('reading an object: it was erased meanwhile')
  try {
    const end = start + length
    for (let at = start; at < end; ) {
      const piece = new Uint8Array(Math.min(PIECE, end - at))
      const { bytesRead } = await onDisk('reading an object', () => handle.read(piece, 0, piece.length, at))
      if (bytesRead === 0) throw damaged()
      at += bytesRead
      yield piece.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

/** Writes header and body to a new private file and makes it durable. @returns the body's size in bytes */
export async function writeObjectFile(file: string, header: Uint8Array, body: Chunks): Promise<number> {
  const write = <T>(work: () => Promise<T>) => onDisk('storing an object', work)
  const handle = await write(() => open(file, 'wx', PRIVATE_FILE))
  try {
    // Sealed bodies come in 16 KiB chunks: one system call for sixteen of them.
    const piece = new Uint8Array(PIECE)
    let filled = 0
    let size = 0
    await write(() => writeAll(handle, header))
    for await (const chunk of body) {
      size += chunk.length
      for (let at = 0; at < chunk.length; ) {
        const taken = chunk.subarray(at, at + PIECE - filled)
        piece.set(taken, filled)
        filled += taken.length
        at += taken.length
        if (filled < PIECE) continue
        await write(() => writeAll(handle, piece))
        filled = 0
      }
    }
    await write(() => writeAll(handle, piece.subarray(0, filled)))
    await write(() => handle.sync())
    return size
  } finally {
    await handle.close()
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten
}

async function readExactly(handle: FileHandle, from: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; ) {
    const { bytesRead } = await handle.read(bytes, at, length - at, from + at)
    if (bytesRead === 0) throw damaged()
    at += bytesRead
  }
  return bytes
}

function parseHeader(json: Buffer): z.infer<typeof Header> {
  try {
    return Header.parse(JSON.parse(json.toString('utf8')))
  } catch {
    throw damaged()
  }
}

function damaged(): DamagedObject {
  return new DamagedObject('reading an object: its file is damaged; restore that file from a backup of the home')
}
