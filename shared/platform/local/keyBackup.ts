/**
 * All keys of a deployment in one file under a passphrase. Whoever has the vault and this file has everything.
 *
 *     "SLKB1" || u8 kdf || u32 a || u32 b || u32 c || salt 16 || nonce 12 || AES-256-GCM(key, nonce, JSON, aad) || tag 16
 *     kdf 1: Argon2id (RFC 9106), a = memory in KiB, b = passes, c = lanes     kdf 2: scrypt (RFC 7914), a = N, b = r, c = p
 *     aad = everything before the ciphertext     JSON = {version: 1, made, deployment, files: {name: base64}}
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { type Clock, Unavailable } from '../ports.ts'
import { idsOf, stampRestored } from './backupStamp.ts'
import { adoptDeployment, homeLayout, readDeployment } from './deployment.ts'
import { onDisk, PRIVATE_FOLDER, publishFile } from './disk.ts'
import {
  dataKeyFile,
  type KemManifest,
  keyFileNames,
  lengthOf,
  linkKidsIn,
  MANIFEST,
  manifestText,
  needKeyFile,
  parseManifest,
  readKeyFile,
} from './keyFiles.ts'
import { dataKeyId } from './keyService.ts'
import { withLock } from './lock.ts'
import { bestCost, checkedCost, deriveKey, type PassphraseCost } from './passphrase.ts'
import { publishKeys } from './staging.ts'

const MAGIC = Buffer.from('SLKB1')
const HEADER = MAGIC.length + 1 + 12 + 16 + 12
const TAG = 16
const MAX_BACKUP = 16 * 1024 * 1024

/** The backup or its passphrase doesn't fit; nothing was changed. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused'
}

const NONE = new Uint8Array()

const Content = z.object({
  version: z.literal(1),
  made: z.int(),
  deployment: z.object({ stackId: z.string().regex(/^[0-9a-f]{16}$/), created: z.int() }),
  files: z.record(z.string(), z.base64()),
})
type Content = z.infer<typeof Content>

/**
 * @param passphrase at least 8 characters; compared in Unicode's composed form
 * @throws BackupRefused for a short passphrase, Unavailable when there are no keys or they can't be read
 */
export async function backupKeys(
  home: string,
  passphrase: string,
  clock: Clock,
  cost: PassphraseCost = bestCost(),
): Promise<Uint8Array> {
  if ([...passphrase].length < 8) throw new BackupRefused('the passphrase needs at least 8 characters')
  const { keys } = homeLayout(home)
  await needKeyFile(keys, MANIFEST)
  const deployment = await readDeployment(home)
  if (deployment === undefined) throw new Unavailable('config.json is missing: restore it from a backup of the home')
  const files: Record<string, string> = {}
  for (const name of await keyFileNames(keys)) {
    files[name] = Buffer.from(await needKeyFile(keys, name)).toString('base64')
  }
  const content = Buffer.from(JSON.stringify({ version: 1, made: clock.now(), deployment, files }))
  const numbers = Buffer.alloc(13)
  numbers.writeUInt8(cost.kdf, 0)
  for (const [i, value] of cost.parameters.entries()) numbers.writeUInt32BE(value, 1 + 4 * i)
  const [salt, nonce] = [randomBytes(16), randomBytes(12)]
  const header = Buffer.concat([MAGIC, numbers, salt, nonce])
  const key = await deriveKey(passphrase, salt, cost)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(header)
  const sealed = Buffer.concat([header, cipher.update(content), cipher.final(), cipher.getAuthTag()])
  key.fill(0)
  content.fill(0)
  return new Uint8Array(sealed)
}

/**
 * Puts the keys of a backup into this home. Keys that are here already stay, and must be the same deployment's: older or
 * newer generations than the backup's are kept or added beside each other.
 * @returns the names of the files that were missing, or kem.json that named fewer generations, and now are here
 * @throws BackupRefused, Unavailable
 */
export async function restoreKeys(home: string, backup: Uint8Array, passphrase: string): Promise<readonly string[]> {
  const { made, deployment, files } = await openBackup(backup, passphrase)
  const restored = await putBack(home, deployment, files)
  // A home that was made to copy the vault into has the umask's mode.
  await onDisk('restoring keys/', () => chmod(home, PRIVATE_FOLDER))
  await stampRestored(home, made, idsIn(files))
  return restored
}

async function putBack(
  home: string,
  deployment: Content['deployment'],
  files: ReadonlyMap<string, Uint8Array>,
): Promise<readonly string[]> {
  const { keys, keysLock } = homeLayout(home)
  const existing = await keyFileNames(keys)
  if (existing.length > 0) return withLock(keysLock, () => addMissing(home, existing, deployment, files))
  await publishKeys(home, async (folder) => {
    for (const [name, bytes] of files) await publishFile(join(folder, name), bytes, 'create')
    await adoptDeployment(home, deployment)
  })
  return [...files.keys()]
}

async function addMissing(
  home: string,
  existing: readonly string[],
  deployment: Content['deployment'],
  files: ReadonlyMap<string, Uint8Array>,
): Promise<readonly string[]> {
  const { keys } = homeLayout(home)
  const known = await readDeployment(home)
  const same = known?.stackId === deployment.stackId
  if (!same && (known !== undefined || existing.some((name) => !files.has(name)))) throw otherKeys()
  const missing: string[] = []
  for (const [name, bytes] of files) {
    if (name === MANIFEST) continue
    const present = await readKeyFile(keys, name)
    if (present === undefined) missing.push(name)
    else if (!Buffer.from(present).equals(bytes)) throw otherKeys()
  }
  const held = await readKeyFile(keys, MANIFEST)
  const manifest = manifestText(merged(held && parsedOrNone(held), parseManifest(files.get(MANIFEST) ?? NONE)))
  await adoptDeployment(home, deployment)
  await onDisk('restoring keys/', async () => {
    await chmod(keys, PRIVATE_FOLDER)
    for (const name of missing) await publishFile(join(keys, name), files.get(name) ?? NONE, 'create')
    if (held !== undefined && Buffer.from(held).equals(Buffer.from(manifest))) return
    // kem.json says that all is there, so it comes last.
    await publishFile(join(keys, MANIFEST), manifest, 'replace')
    missing.push(MANIFEST)
  })
  return missing
}

/** As the stamp of a backup names them. */
function idsIn(files: ReadonlyMap<string, Uint8Array>): readonly string[] {
  const { generations } = parseManifest(files.get(MANIFEST) ?? NONE)
  const dataKeyIds = generations.map(
    (one) => one.dataKeyId ?? dataKeyId(files.get(dataKeyFile(one.generation)) ?? NONE),
  )
  return idsOf({ generations, dataKeyIds, linkKids: linkKidsIn([...files.keys()]) })
}

/** Every generation of both; what is said here of one that both have counts. The newest active one seals. */
function merged(here: KemManifest | undefined, restored: KemManifest): KemManifest {
  const added = restored.generations.filter(({ keyId }) => !here?.generations.some((one) => one.keyId === keyId))
  const generations = [...(here?.generations ?? []), ...added].sort((a, b) => a.generation - b.generation)
  if (new Set(generations.map(({ generation }) => generation)).size < generations.length) throw otherKeys()
  const newest = generations.findLast(({ state }) => state === 'active')
  return { current: newest?.keyId ?? restored.current, generations }
}

/** A damaged kem.json is one that is missing: the backup's takes its place. */
function parsedOrNone(bytes: Uint8Array): KemManifest | undefined {
  try {
    return parseManifest(bytes)
  } catch {
    return undefined
  }
}

async function openBackup(
  backup: Uint8Array,
  passphrase: string,
): Promise<{ made: number; deployment: Content['deployment']; files: ReadonlyMap<string, Buffer> }> {
  const bytes = Buffer.from(backup.buffer, backup.byteOffset, backup.length)
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw new BackupRefused('this is not a Safelight key backup')
  if (bytes.length < HEADER + TAG || bytes.length > MAX_BACKUP) throw new BackupRefused('this key backup is incomplete')
  const at = MAGIC.length
  const cost = checkedCost(
    bytes.readUInt8(at),
    [1, 5, 9].map((offset) => bytes.readUInt32BE(at + offset)),
  )
  if (cost === undefined)
    throw new BackupRefused('this key backup asks for more work than Safelight would ever ask for')
  const header = bytes.subarray(0, HEADER)
  const key = await deriveKey(passphrase, header.subarray(HEADER - 28, HEADER - 12), cost)
  const decipher = createDecipheriv('aes-256-gcm', key, header.subarray(HEADER - 12), { authTagLength: TAG })
  decipher.setAAD(header).setAuthTag(bytes.subarray(bytes.length - TAG))
  const content = decipher.update(bytes.subarray(HEADER, bytes.length - TAG))
  key.fill(0)
  try {
    decipher.final()
  } catch {
    throw new BackupRefused('wrong passphrase, or the backup was changed')
  }
  try {
    const { made, deployment, files } = Content.parse(JSON.parse(content.toString('utf8')))
    const decoded = new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text, 'base64')]))
    for (const [name, file] of decoded) {
      const expected = lengthOf(name)
      if (expected === null || (expected !== undefined && expected !== file.length)) throw new RangeError(name)
    }
    parseManifest(decoded.get(MANIFEST) ?? NONE)
    return { made, deployment, files: decoded }
  } catch {
    throw new BackupRefused('this key backup was written by another version of Safelight')
  }
}

function otherKeys(): BackupRefused {
  return new BackupRefused(
    'this home has other keys, which stay: restore into a new SAFELIGHT_HOME, or move keys/ away',
  )
}
