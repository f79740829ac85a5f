/** When the keys were last backed up, and whether that backup still has all of them: what `doctor` and `serve` warn of. */
import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import type { Clock } from '../ports.ts'
import { homeLayout } from './deployment.ts'
import { ifPresent, onDisk, publishFile } from './disk.ts'
import { type KeyList, listKeys } from './keyInit.ts'

const Stamp = z.object({ made: z.int(), keyIds: z.array(z.string()) })

export interface BackupStatus {
  /** Milliseconds since 1970; undefined when no backup was ever made. */
  readonly made: number | undefined
  /** Whether that backup has every key of now. */
  readonly complete: boolean
}

/** Call it once the backup's bytes are where they are kept, not before. @throws Unavailable */
export async function stampBackup(home: string, clock: Clock): Promise<void> {
  const list = await listKeys(home)
  await writeStamp(home, { made: clock.now(), keyIds: list === undefined ? [] : idsOf(list) })
}

async function writeStamp(home: string, stamp: z.infer<typeof Stamp>): Promise<void> {
  await onDisk('writing backup.json', () =>
    publishFile(homeLayout(home).backupStamp, `${JSON.stringify(stamp)}\n`, 'replace'),
  )
}

/**
 * The file that keys were restored from is a backup of them. What is known of a backup that has all keys of now stays.
 * @param keyIds as `idsOf` names them @throws Unavailable
 */
export async function stampRestored(home: string, made: number, keyIds: readonly string[]): Promise<void> {
  if ((await backupStatus(home)).complete) return
  await writeStamp(home, { made, keyIds: [...keyIds] })
}

/** @throws Unavailable */
export async function backupStatus(home: string): Promise<BackupStatus> {
  const read = () => ifPresent(() => readFile(homeLayout(home).backupStamp, 'utf8'))
  const text = await onDisk('reading backup.json', read)
  const list = await listKeys(home)
  const stamp = text === undefined ? undefined : parse(text)
  if (stamp === undefined) return { made: undefined, complete: false }
  const backedUp = new Set(stamp.keyIds)
  return { made: stamp.made, complete: list !== undefined && idsOf(list).every((id) => backedUp.has(id)) }
}

export function idsOf(list: Pick<KeyList, 'dataKeyIds' | 'generations' | 'linkKids'>): string[] {
  return [
    ...list.dataKeyIds,
    ...list.generations.map(({ keyId }) => keyId),
    ...list.linkKids.map((kid) => `link-${kid}`),
  ]
}

/** A damaged stamp is as good as none: the warning it silences comes back. */
function parse(text: string): z.infer<typeof Stamp> | undefined {
  try {
    return Stamp.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
