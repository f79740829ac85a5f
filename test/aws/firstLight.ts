/** One photograph's way through a deployed stack, seen at each stage from outside: the `aws-first-light` proof, and the suites. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VAULT_KEYS } from '../../shared/flow/source.ts'
import { tierAt } from '../../shared/policy/types.ts'
import { root } from '../rules/tree.ts'
import { collect, streamOf } from '../support/memory.ts'
import { piecesOf } from '../support/search.ts'
import type { Deployed } from './deployed.ts'

type Check = (name: string, condition: boolean, detail?: string) => void

const KEY = 'identity card of Aurelia Quandt.jpg'
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** @returns the status and words of a refusal; undefined when it opened */
async function refusalOf(on: Deployed, url: string): Promise<string | undefined> {
  return on.read(url).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
}

/** @param on a stack without keys. @throws when the photograph doesn't become an object */
export async function proveFirstLight(on: Deployed, check: Check): Promise<void> {
  const made = await on.safelight('keys', 'init')
  check('keys init makes a generation inside the stack', /^made generation 1 /.test(made), made.split('\n')[0])

  const photograph = await readFile(join(root, 'samples', 'identity-card.jpg'))
  const started = performance.now()
  const versionId = await on.upload(KEY, photograph)
  const id = await on.becomes(KEY, versionId)
  const seconds = ((performance.now() - started) / 1_000).toFixed(1)
  check('a photograph put with the AWS SDK is sealed, verified and catalogued', true, `${id} after ${seconds} s`)

  const left = await on.left()
  check(
    'intake holds no version, no delete marker and no unfinished upload',
    left.length === 0,
    left.join(', ') || undefined,
  )
  const row = await on.stack.catalogue.object(id)
  const tier = row && tierAt(row.tier)
  check('an identity card is at the strictest tier', tier === 'restricted', tier)

  const { versionId: sealedVersion = '' } = (await on.stack.objects.head('vault', VAULT_KEYS.object(id))) ?? {}
  const body = await on.stack.objects.get({ bucket: 'vault', key: VAULT_KEYS.object(id), versionId: sealedVersion })
  const sealed = await collect(body ?? streamOf(Buffer.of()))
  const pieces = piecesOf(photograph)
  const inTheClear = pieces.filter((piece) => sealed.includes(Buffer.from(piece))).length
  const begins = sealed.subarray(0, 4).toString('latin1')
  check('what the vault holds is a sealed object', begins === 'SLV1', `${sealed.length} bytes, ${begins}`)
  check(`none of ${pieces.length} pieces of the photograph is in it`, inTheClear === 0, `${inTheClear} are`)

  const { url } = await on.stack.link({ objectId: id, uses: 1 })
  const opened = await on.read(url)
  check(
    'a link of one use returns the exact bytes from the Function URL',
    opened.equals(photograph),
    `${opened.length} bytes, SHA-256 ${digestOf(opened).slice(0, 16)}…`,
  )
  const again = (await refusalOf(on, url)) ?? 'it opened'
  check('and then 410', /\(410\)/.test(again), again)
  const forged = (await refusalOf(on, `${url.slice(0, -8)}AAAAAAAA`)) ?? 'it opened'
  check('a forged link gets 404', /\(404\)/.test(forged), forged)
  const events = await on.stack.catalogue.accesses({ object: id })
  const statuses = events.filter(({ action }) => action === 'read').map(({ status }) => status)
  check('both reads of the object left their events', statuses.toSorted().join() === '200,410', statuses.join(', '))
}
