/**
 * The files of `keys/` (0600 in a 0700 folder): what they are called, how long they are, and how they are read.
 *
 *     kem.json             {current, generations}: public facts; its presence says that the keys are complete
 *     kem-0001.seed        64 bytes, FIPS 203's d || z: one seed a generation for both levels. d is expanded together
 *                          with the level (FIPS 203 algorithm 13, line 1), so the two key pairs are independent
 *     kem-0001-768.pub     1184 bytes, pinned: all that sealing reads
 *     kem-0001-1024.pub    1568 bytes
 *     data.key             32 bytes, in the place of a KMS key; generation 2 has data-0002.key, and so on
 *     link-000.key         32 bytes, for link tokens with kid 0
 *     index.key            32 bytes, for the catalogue's source and name indexes
 */
import { readFileSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { PUBLIC_KEY_BYTES, SEED_BYTES } from '../mlkem.ts'
import { type KemLevel, Unavailable } from '../ports.ts'
import { homeLayout } from './deployment.ts'
import { errnoOf, ifPresent, onDisk, unavailable } from './disk.ts'

export const MANIFEST = 'kem.json'
export const INDEX_KEY = 'index.key'
export const SYMMETRIC_BYTES = 32

export const seedFile = (generation: number) => `kem-${String(generation).padStart(4, '0')}.seed`
export const publicKeyFile = (generation: number, level: KemLevel) =>
  `kem-${String(generation).padStart(4, '0')}-${level}.pub`
export const dataKeyFile = (generation: number) =>
  generation === 1 ? 'data.key' : `data-${String(generation).padStart(4, '0')}.key`
export const linkKeyFile = (kid: number) => `link-${String(kid).padStart(3, '0')}.key`

const LINK_KEY = /^link-([0-9]{3})\.key$/
const DATA_KEY = /^data(-[0-9]{4})?\.key$/

/** How many bytes a file of this name has; undefined for kem.json, which varies, and null for a name that isn't ours. */
export function lengthOf(name: string): number | undefined | null {
  if (name === MANIFEST) return undefined
  if (name === INDEX_KEY || DATA_KEY.test(name) || LINK_KEY.test(name)) return SYMMETRIC_BYTES
  if (/^kem-[0-9]{4}\.seed$/.test(name)) return SEED_BYTES
  if (/^kem-[0-9]{4}-768\.pub$/.test(name)) return PUBLIC_KEY_BYTES[768]
  return /^kem-[0-9]{4}-1024\.pub$/.test(name) ? PUBLIC_KEY_BYTES[1024] : null
}

const Generation = z.object({
  /** At most 64 bytes of ASCII. */
  keyId: z.string().regex(/^[\x21-\x7e]{1,64}$/),
  generation: z.int().min(1).max(9999),
  /** Milliseconds since 1970. */
  created: z.int(),
  /** A retired generation neither seals nor opens; its files stay. */
  state: z.enum(['active', 'retired']),
  /** Id of the generation's data key; manifests of version 0.1 don't say it. */
  dataKeyId: z
    .string()
    .regex(/^[\x21-\x7e]{1,64}$/)
    .optional(),
})
const KemManifest = z.object({ current: z.string(), generations: z.array(Generation) })
export type KemGeneration = Readonly<z.infer<typeof Generation>>
export type KemManifest = Readonly<z.infer<typeof KemManifest>>

export function manifestText(manifest: KemManifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`
}

/** Undefined until keys were made. @throws Unavailable when it can't be read */
export async function readManifest(folder: string): Promise<KemManifest | undefined> {
  const bytes = readNow(folder, MANIFEST)
  if (bytes === undefined) return undefined
  try {
    return parseManifest(bytes)
  } catch {
    throw damagedKeyFile(MANIFEST)
  }
}

/** The generation that seals. @throws Unavailable when there is none */
export async function currentGeneration(folder: string): Promise<KemGeneration> {
  const manifest = await readManifest(folder)
  if (manifest === undefined) throw new Unavailable('there are no keys yet: run `safelight keys init`')
  const found = manifest.generations.find((generation) => generation.keyId === manifest.current)
  if (found === undefined || found.state !== 'active') {
    throw new Unavailable('no key generation is active: run `safelight keys rotate`')
  }
  return found
}

/** @throws whatever is wrong with it */
export function parseManifest(bytes: Uint8Array): KemManifest {
  return KemManifest.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
}

/** @returns the file's bytes, or undefined when there is none. @throws Unavailable when it is unreadable or damaged */
export async function readKeyFile(folder: string, name: string): Promise<Uint8Array | undefined> {
  return readNow(folder, name)
}

/** Like `readKeyFile`, but a missing file is an error that says what to do. @throws Unavailable */
export async function needKeyFile(folder: string, name: string): Promise<Uint8Array> {
  const bytes = readNow(folder, name)
  if (bytes !== undefined) return bytes
  throw new Unavailable(
    `keys/${name} is missing: run \`safelight keys restore\` with a backup; only a new home is for \`safelight keys init\``,
  )
}

/** Read on every wrap and unwrap: for files this small the thread pool's four trips cost ten times the reading. */
function readNow(folder: string, name: string): Uint8Array | undefined {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(join(folder, name))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw unavailable(`reading keys/${name}`, error)
  }
  const expected = lengthOf(name)
  if (expected !== undefined && bytes.length !== expected) throw damagedKeyFile(name)
  return new Uint8Array(bytes)
}

/** Names of the key files that are there, sorted; strangers' files are left out. */
export async function keyFileNames(folder: string): Promise<string[]> {
  const names = await onDisk('reading keys/', () => ifPresent(() => readdir(folder)))
  return (names ?? []).filter((name) => lengthOf(name) !== null).sort()
}

/** The kids of the link keys that are there, ascending. */
export async function linkKeyIds(folder: string): Promise<number[]> {
  return linkKidsIn(await keyFileNames(folder))
}

export function linkKidsIn(names: readonly string[]): number[] {
  const kids = names.flatMap((name) => LINK_KEY.exec(name)?.[1] ?? []).map(Number)
  return kids.filter((kid) => kid <= 255)
}

/** What in `keys/`, itself included, others than its owner may read or write: names for `doctor` to warn of. */
export async function exposedKeyFiles(home: string): Promise<string[]> {
  const folder = homeLayout(home).keys
  return onDisk('reading keys/', async () => {
    const exposed: string[] = []
    for (const name of ['', ...((await ifPresent(() => readdir(folder))) ?? [])]) {
      const found = await ifPresent(() => stat(join(folder, name)))
      if (found !== undefined && (found.mode & 0o077) !== 0) exposed.push(join('keys', name))
    }
    return exposed
  })
}

export function damagedKeyFile(name: string): Unavailable {
  return new Unavailable(`keys/${name} is damaged: move keys/ away, then run \`safelight keys restore\` with a backup`)
}
