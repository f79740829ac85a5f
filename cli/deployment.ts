/**
 * The local deployment: the one place where the command line chooses the local platform. It holds every port, so it is
 * handed to a pipeline as it is; the pipeline's own type says which of them it may use.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { LinkPorts } from '../shared/flow/link.ts'
import type { ReadPorts } from '../shared/flow/open.ts'
import type { RemovePorts } from '../shared/flow/remove.ts'
import type { VerifyPorts } from '../shared/flow/verify.ts'
import type { Keyring } from '../shared/keys/wrap.ts'
import { nodePrimitives } from '../shared/platform/crypto.ts'
import { type LocalCatalogue, openCatalogue } from '../shared/platform/local/catalogue.ts'
import { systemClock } from '../shared/platform/local/clock.ts'
import { unavailable } from '../shared/platform/local/disk.ts'
import {
  homeLayout,
  initKeys,
  KeysExist,
  listKeys,
  openKemCustody,
  openKemPublicKeys,
  openKeyService,
  openSecrets,
} from '../shared/platform/local/keys.ts'
import { type LocalObjects, openObjects } from '../shared/platform/local/objects.ts'
import { type LocalQueue, openQueue } from '../shared/platform/local/queue.ts'
import type { DataKeys, Events, KemPublicKeys } from '../shared/platform/ports.ts'
import type { Policy } from '../shared/policy/policy.ts'
import type { ThreatLevel } from '../shared/policy/types.ts'
import { CommandFailed } from './errors.ts'
import { makeHome } from './home.ts'
import { readPolicy } from './policy.ts'

export interface Deployment extends VerifyPorts, ReadPorts, RemovePorts, LinkPorts, AsyncDisposable {
  readonly kind: 'home'
  readonly home: string
  readonly stackId: string
  readonly policy: Policy
  readonly threat: () => ThreatLevel
  readonly objects: LocalObjects
  readonly catalogue: LocalCatalogue
  readonly secrets: VerifyPorts['secrets'] & ReadPorts['secrets']
  readonly queue: LocalQueue
  readonly kem: KemPublicKeys
  readonly dataKeys: DataKeys
}

/** Where links are served when no server has run yet. */
const DEFAULT_LINK_ORIGIN = 'http://127.0.0.1:7302'
const served = z.object({ linkOrigin: z.url() })

function servedFile(home: string): string {
  return join(home, 'serve.json')
}

/** Remembers where links are served, so that `safelight link` makes URLs that work. @throws Unavailable */
export function rememberLinkOrigin(home: string, linkOrigin: string): void {
  const file = servedFile(home)
  try {
    writeFileSync(`${file}.new`, `${JSON.stringify({ linkOrigin })}\n`, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  } catch (error) {
    throw unavailable('writing serve.json', error)
  }
}

function linkOriginOf(home: string): string {
  try {
    return served.parse(JSON.parse(readFileSync(servedFile(home), 'utf8'))).linkOrigin
  } catch {
    return DEFAULT_LINK_ORIGIN
  }
}

async function keysOf(home: string, create: boolean) {
  if (create && !existsSync(homeLayout(home).keys)) {
    makeHome(home)
    // Another process may be first; then there are keys, which is all that was wanted.
    await initKeys(home, nodePrimitives, systemClock).catch((error: unknown) => {
      if (!(error instanceof KeysExist)) throw error
    })
  }
  const keys = await listKeys(home)
  if (keys) return keys
  throw new CommandFailed(
    'this home has no keys',
    'safelight keys init makes them, safelight keys restore brings them back',
  )
}

/** Vault and keys without catalogue and queue: what rebuilds them works on. @throws CommandFailed, Unavailable */
export async function openVault(home: string, create = false) {
  const { stackId } = await keysOf(home, create)
  const keyService = openKeyService(home)
  const keyring: Keyring = { stackId, custody: openKemCustody(home), keyService }
  return {
    stackId,
    primitives: nodePrimitives,
    clock: systemClock,
    objects: openObjects(homeLayout(home).objects),
    secrets: openSecrets(home),
    kem: openKemPublicKeys(home),
    dataKeys: keyService,
    keyring,
  }
}

/**
 * @param create make home and keys where there are none: for commands that write; `open` never does
 * @param events where pipelines tell what they do; nowhere by default
 * @throws CommandFailed, Unavailable
 */
export async function openDeployment(
  home: string,
  {
    create,
    events = { emit: () => {}, flush: async () => {} },
  }: { readonly create: boolean; readonly events?: Events },
): Promise<Deployment> {
  const vault = await openVault(home, create)
  const policy = await readPolicy(undefined, home)
  const layout = homeLayout(home)
  // The queue first: `catalogue rebuild` holds it alone while it puts another catalogue in the place of this one.
  const queue = openQueue(layout.queue)
  const catalogue = openCatalogue(layout.catalogue)
  return {
    ...vault,
    kind: 'home',
    home,
    policy,
    threat: () => 'normal',
    linkOrigin: linkOriginOf(home),
    events,
    catalogue,
    queue,
    async [Symbol.asyncDispose]() {
      queue.close()
      catalogue.close()
    },
  }
}
