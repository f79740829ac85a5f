/** Every check of one deployment, in the order in which a person would mend things. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { backupStatus, exposedKeyFiles, homeLayout, listKeys } from '../../shared/platform/local/keys.ts'
import { Unavailable } from '../../shared/platform/ports.ts'
import { type Deployment, openDeployment } from '../deployment.ts'
import { mendOf } from '../home.ts'
import { failedItems } from '../host/failed.ts'
import { wasLost } from '../lost.ts'
import { POLICY_FILE, readPolicy } from '../policy.ts'
import { type Check, guarded, ok, problem, warning } from './check.ts'
import { checkDataKeys, checkKem, checkSecrets } from './keys.ts'
import { checkPrivate, checkSpace, checkWritable } from './machine.ts'
import { checkNeeded } from './needed.ts'
import { checkObjects } from './objects.ts'

const MEND_NO_KEYS = 'safelight keys restore FILE if this deployment had keys, safelight keys init if it is new'

/** Opens nothing for writing but a probe file, and makes nothing that isn't there. */
export async function checkDeployment(home: string): Promise<readonly Check[]> {
  const groups = [
    await guarded('home-writable', async () => [await checkWritable(home)]),
    await guarded('home-private', async () => [await checkPrivate(home)]),
    await guarded('disk-space', async () => [await checkSpace(home)]),
    await guarded('policy', async () => [await checkPolicy(home)]),
  ]
  const absent = await checkPresent(home)
  if (absent) return [...groups.flat(), absent]
  groups.push([ok('keys-present', 'the keys are there')])
  groups.push(await guarded('key-permissions', () => checkPermissions(home)))
  groups.push(await guarded('backup', () => checkBackup(home)))
  groups.push(await guarded('deployment', () => withOpen(home)))
  return groups.flat()
}

/** Keys that can't be read are not keys that are missing: making others would not bring them back. */
async function checkPresent(home: string): Promise<Check | undefined> {
  const name = 'keys-present'
  try {
    if (await listKeys(home)) return undefined
    // Of keys that lost their list more is left than of none.
    const left = await readdir(homeLayout(home).keys).catch(() => [])
    const mend = left.length > 0 ? 'safelight keys restore FILE' : MEND_NO_KEYS
    return problem(name, left.length > 0 ? 'the list of the keys is missing' : 'there are no keys', mend)
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    const { keys } = homeLayout(home)
    const [, code] = /\((E[A-Z0-9]+)\)$/.exec(error.message) ?? []
    if (code === undefined) return problem(name, error.message, 'safelight keys restore FILE, after what it says')
    return problem(name, `${keys} can not be read: ${error.message}`, mendOf(code, keys))
  }
}

async function withOpen(home: string): Promise<readonly Check[]> {
  await using deployment = await openDeployment(home, { create: false })
  return [
    ...(await guarded('keys-match-768', async () => [await checkKem(deployment, 768)])),
    ...(await guarded('keys-match-1024', async () => [await checkKem(deployment, 1024)])),
    ...(await guarded('data-keys', async () => [await checkDataKeys(deployment)])),
    ...(await guarded('secrets', async () => [await checkSecrets(deployment)])),
    ...(await guarded('catalogue', () => checkCatalogue(deployment))),
    ...(await guarded('vault-objects', async () => [await checkObjects(deployment)])),
    ...(await guarded('vault-keys', () => checkNeeded(deployment))),
    ...(await guarded('failed-items', async () => checkFailed(deployment))),
  ]
}

async function checkPolicy(home: string): Promise<Check> {
  await readPolicy(undefined, home)
  const own = existsSync(join(home, POLICY_FILE))
  return ok('policy', own ? 'policy.json is valid' : 'the default policy')
}

async function checkPermissions(home: string): Promise<readonly Check[]> {
  const exposed = await exposedKeyFiles(home)
  if (exposed.length === 0) return [ok('key-permissions', 'readable by their owner alone')]
  const mend = `chmod -R go-rwx ${homeLayout(home).keys}; then consider who could read them until now`
  return [problem('key-permissions', `open to other users: ${exposed.join(', ')}`, mend)]
}

async function checkBackup(home: string): Promise<readonly Check[]> {
  const { made, complete } = await backupStatus(home)
  const mend = 'run safelight keys backup and keep the file elsewhere: without keys nothing opens again'
  if (made === undefined) return [warning('backup', 'the keys were never backed up', mend)]
  if (!complete) return [warning('backup', 'the last backup does not have all of the keys', mend)]
  return [ok('backup', `the keys were backed up on ${new Date(made).toISOString().slice(0, 10)}`)]
}

async function checkCatalogue({ catalogue, objects }: Deployment): Promise<readonly Check[]> {
  const complaints = await catalogue.check()
  const mend =
    'stop Safelight, then run safelight catalogue rebuild; the vault itself is untouched, links will be revoked'
  if (complaints.length > 0) return [problem('catalogue', `damaged: ${complaints[0]}`, mend)]
  if (await wasLost({ catalogue, objects })) {
    return [problem('catalogue', 'empty, while the vault holds sealed objects', mend)]
  }
  return [ok('catalogue', 'sound')]
}

function checkFailed({ queue }: Deployment): readonly Check[] {
  const items = failedItems(queue)
  if (items.length === 0) return [ok('failed-items', 'none')]
  const byReason = new Map<string, { count: number; hint: string }>()
  for (const { reason, hint } of items) {
    byReason.set(reason, { count: (byReason.get(reason)?.count ?? 0) + 1, hint })
  }
  return [...byReason].map(([reason, { count, hint }]) => {
    const what = count === 1 ? '1 upload waits' : `${count} uploads wait`
    return problem('failed-items', `${what} in intake: ${reason}`, hint)
  })
}
