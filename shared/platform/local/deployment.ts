/** One deployment on this machine: what lies where in its home, and the id that its keys' contexts carry. */
import { randomBytes } from 'node:crypto'
import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { type Clock, Unavailable } from '../ports.ts'
import { ifPresent, makeFolder, onDisk, publishFile } from './disk.ts'

const Deployment = z.object({ stackId: z.string().regex(/^[0-9a-f]{16}$/), created: z.int() })
/** `stackId`: 16 hex digits. `created`: milliseconds since 1970. */
export type Deployment = Readonly<z.infer<typeof Deployment>>

export interface HomeLayout {
  readonly objects: string
  readonly catalogue: string
  /** What `catalogue rebuild` works on until it is whole. */
  readonly rebuiltCatalogue: string
  readonly queue: string
  readonly keys: string
  readonly config: string
  readonly backupStamp: string
  /** Held by whoever changes what `keys/` holds. */
  readonly keysLock: string
}

export function homeLayout(home: string): HomeLayout {
  return {
    objects: join(home, 'objects'),
    catalogue: join(home, 'catalogue.sqlite'),
    rebuiltCatalogue: join(home, 'catalogue.rebuilt.sqlite'),
    queue: join(home, 'queue.sqlite'),
    keys: join(home, 'keys'),
    config: join(home, 'config.json'),
    backupStamp: join(home, 'backup.json'),
    keysLock: join(home, 'keys.lock'),
  }
}

/** Undefined when nothing was ever made here. @throws Unavailable when the file can't be read */
export async function readDeployment(home: string): Promise<Deployment | undefined> {
  const text = await onDisk('reading config.json', () => ifPresent(() => readFile(homeLayout(home).config, 'utf8')))
  if (text === undefined) return undefined
  try {
    return Deployment.parse(JSON.parse(text))
  } catch {
    throw new Unavailable(
      'config.json is damaged: restore it from a backup of the home, or with `safelight keys restore`',
    )
  }
}

/** The deployment of this home, made when there is none; of several processes that make it at once, one does. */
export async function ensureDeployment(home: string, clock: Clock): Promise<Deployment> {
  const known = await readDeployment(home)
  if (known !== undefined) return known
  const fresh: Deployment = { stackId: randomBytes(8).toString('hex'), created: clock.now() }
  await onDisk('making config.json', async () => {
    await makeFolder(home)
    await publishFile(homeLayout(home).config, `${JSON.stringify(fresh)}\n`, 'create')
  })
  return (await readDeployment(home)) ?? fresh
}

/** Gives this home the identity of a restored one. Another that was here is kept under its own name. */
export async function adoptDeployment(home: string, deployment: Deployment): Promise<void> {
  const known = await readDeployment(home)
  if (known?.stackId === deployment.stackId) return
  const { config } = homeLayout(home)
  await onDisk('restoring config.json', async () => {
    await makeFolder(home)
    if (known !== undefined) await rename(config, join(home, `config.${known.stackId}.json`))
    await publishFile(config, `${JSON.stringify(deployment)}\n`, 'replace')
  })
}
