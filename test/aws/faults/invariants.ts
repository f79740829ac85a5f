/** What must hold whatever failed (DESIGN section 8), read from the emulator itself, past any proxy. */

import { keyringOf } from '../../../functions/platform.ts'
import { readAsOwner } from '../../../shared/flow/open.ts'
import { indexOf } from '../../../shared/flow/source.ts'
import { openDynamoCatalogue } from '../../../shared/platform/aws/catalogue.ts'
import { openS3Objects } from '../../../shared/platform/aws/objects.ts'
import { openIndexKey, openLinkKeys } from '../../../shared/platform/aws/secrets.ts'
import { nodePrimitives as primitives } from '../../../shared/platform/crypto.ts'
import type { Bucket } from '../../../shared/platform/ports.ts'
import { collect } from '../../support/memory.ts'
import type { Upload } from './delivery.ts'
import type { TestStack } from './stack.ts'

const OWNER = { principal: 'owner', ip: '127.0.0.1' }

export function truthOf({ env, clock }: TestStack, endpoint: string, region?: string) {
  const settings = { endpoint, ...(region !== undefined && { region }) }
  const ports = {
    ...{ primitives, clock, keyring: keyringOf(env, settings).keyring },
    objects: openS3Objects({ intake: env.INTAKE_BUCKET, vault: env.VAULT_BUCKET }, settings),
    catalogue: openDynamoCatalogue(env.CATALOGUE_TABLE, settings),
    secrets: { ...openIndexKey(env.INDEX_SECRET, settings), ...openLinkKeys(env.LINK_SECRET, settings) },
    events: { emit: () => {}, flush: async () => {} },
  }

  async function keysOf(bucket: Bucket): Promise<string[]> {
    const keys: string[] = []
    for await (const { key } of ports.objects.versions(bucket)) keys.push(key)
    return keys.sort()
  }

  async function committedAs({ key, versionId }: Upload): Promise<string | undefined> {
    const source = { bucket: 'intake', key, version: versionId }
    return ports.catalogue.bySource(indexOf(primitives, await ports.secrets.indexKey(), source).source)
  }

  async function contents(id: string): Promise<Buffer> {
    const read = await readAsOwner(ports, OWNER, id)
    if (!read) throw new Error('a committed object is not there')
    return collect(read.opened.stream())
  }

  /** The upload whole in intake, or committed as an object that opens to it. @returns what is wrong */
  async function neverNeither(upload: Upload): Promise<readonly string[]> {
    const wrong: string[] = []
    const { key, versionId, bytes } = upload
    const left = await ports.objects.get({ bucket: 'intake', key, versionId })
    const committed = await committedAs(upload)
    if (!left && committed === undefined) wrong.push('neither in intake nor committed')
    if (left && !(await collect(left)).equals(bytes)) wrong.push('another plaintext is in intake')
    if (committed !== undefined && !(await contents(committed)).equals(bytes)) wrong.push('it opens to something else')
    return wrong
  }

  /** One committed object of each, no plaintext, no orphan. @param refused how many keys of the vault open for nobody and stay */
  async function settled(uploads: readonly Upload[], refused = 0): Promise<readonly string[]> {
    const wrong: string[] = []
    const expected: string[] = []
    const rows = await Array.fromAsync(ports.catalogue.every())
    if (rows.length !== uploads.length) wrong.push(`${rows.length} objects are committed of ${uploads.length}`)
    for (const upload of uploads) {
      const id = await committedAs(upload)
      const row = rows.find((one) => one.id === id)
      if (!row) {
        wrong.push('an upload is not committed')
        continue
      }
      if (!(await contents(row.id)).equals(upload.bytes)) wrong.push('an object opens to something else')
      if (row.renditions.length !== 2) wrong.push(`${row.renditions.length} renditions of 2`)
      expected.push(`o/${row.id}`, ...row.renditions.map((one) => `r/${one.id}`))
    }
    const intake = await keysOf('intake')
    if (intake.length > 0) wrong.push(`${intake.length} versions are left in intake`)
    const vault = (await keysOf('vault')).filter((key) => !key.startsWith('e/'))
    const missing = expected.filter((key) => !vault.includes(key))
    if (missing.length > 0) wrong.push(`${missing.length} objects are missing from the vault`)
    const orphans = vault.length - expected.length
    if (orphans !== refused) wrong.push(`${orphans} orphans are in the vault: ${vault.join(' ')}`)
    return wrong
  }

  return { ports, keysOf, committedAs, contents, neverNeither, settled }
}
