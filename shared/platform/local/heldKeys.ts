/** Which keys are here and may be used, by the ids that envelopes name: what to say when something needs another one. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { homeLayout } from './deployment.ts'
import { dataKeyFile, seedFile } from './keyFiles.ts'
import { listKeys } from './keyInit.ts'

export interface KeyIds {
  readonly kemKeyId: string
  readonly kmsKeyId: string
}

/** The key that something can't be opened without, and what is the matter with it. */
export type Lack =
  | { readonly keyId: string; readonly why: 'absent' }
  | { readonly keyId: string; readonly why: 'retired'; readonly generation: number }
  | { readonly keyId: string; readonly why: 'missing'; readonly generation: number; readonly file: string }

/** Undefined when the keys of one recipient at least are all here. */
export type LackOf = (recipients: readonly KeyIds[]) => Lack | undefined

/** As it is now. @throws Unavailable when the keys can't be listed */
export async function heldKeys(home: string): Promise<LackOf> {
  const folder = homeLayout(home).keys
  const list = await listKeys(home)
  const lacks = new Map<string, Lack | undefined>()
  for (const [i, { keyId, generation, state }] of (list?.generations ?? []).entries()) {
    const dataKeyId = list?.dataKeyIds[i] ?? ''
    const files = [
      [keyId, seedFile(generation)],
      [dataKeyId, dataKeyFile(generation)],
    ] as const
    for (const [id, file] of files) {
      if (state === 'retired') lacks.set(id, { keyId: id, why: 'retired', generation })
      else if (existsSync(join(folder, file))) lacks.set(id, undefined)
      else lacks.set(id, { keyId: id, why: 'missing', generation, file: `keys/${file}` })
    }
  }
  const lack = (id: string): Lack | undefined => (lacks.has(id) ? lacks.get(id) : { keyId: id, why: 'absent' })
  return (recipients) => {
    const found = recipients.map(({ kemKeyId, kmsKeyId }) => lack(kemKeyId) ?? lack(kmsKeyId))
    if (found.includes(undefined)) return undefined
    // What takes one command to mend is said first.
    return found.find((one) => one?.why === 'retired') ?? found[0]
  }
}
