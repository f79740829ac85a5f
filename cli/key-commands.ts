/** What `safelight keys` does with all keys at once: make, list, back up, restore. */
import { realpath } from 'node:fs/promises'
import { sep } from 'node:path'
import { nodePrimitives } from '../shared/platform/crypto.ts'
import { systemClock } from '../shared/platform/local/clock.ts'
import {
  BackupRefused,
  backupKeys,
  initKeys,
  type KeyList,
  listKeys,
  pinPublicKeys,
  restoreKeys,
  stampBackup,
} from '../shared/platform/local/keys.ts'
import type { Context } from './args.ts'
import { CommandFailed } from './errors.ts'
import { checkOutput, openInput, STDIO, writeOutput } from './files.ts'
import { homeFolder, makeHome, makingTrouble } from './home.ts'
import { formatBytes, table } from './output.ts'
import { readPassphrase } from './passphrase.ts'

export interface KeysOptions {
  /** What follows the action: where the backup goes, or comes from; a generation. */
  readonly operand: string | undefined
  readonly passphraseFile: string | undefined
  readonly force: boolean
  readonly undo: boolean
}

export async function keysInit(_options: KeysOptions, { env, out }: Context): Promise<void> {
  const home = homeFolder(env)
  const existing = await listKeys(home)
  makeHome(home)
  const list = existing ?? (await initKeys(home, nodePrimitives, systemClock))
  const pinned = existing === undefined ? [] : await pinPublicKeys(home, nodePrimitives)
  const { generation, keyId } = currentOf(list)
  const made = existing === undefined
  const text = made
    ? `made generation ${generation} (${keyId}); it opened what it sealed`
    : `this home has keys already (generation ${generation}, ${keyId}); nothing was made`
  out.result({ generation, keyId, made, pinned }, text)
  if (pinned.length > 0) {
    out.note(`pinned ML-KEM-${pinned.join(' and ')} again: another public key was pinned. Retry the failed uploads.`)
  }
  if (made) out.note('next: safelight keys backup')
}

export async function keysList(_options: KeysOptions, { env, out }: Context): Promise<void> {
  const list = await needKeys(homeFolder(env))
  const rows = list.generations.map(({ generation, keyId, state, created }) => {
    const shown = {
      generation,
      keyId,
      state,
      current: keyId === list.current,
      created: new Date(created).toISOString(),
    }
    out.result(shown)
    return [String(generation), keyId, shown.current ? 'current' : state, shown.created]
  })
  out.text(table([['GENERATION', 'KEY', 'STATE', 'MADE'], ...rows]))
}

export async function keysBackup(options: KeysOptions, { env, out }: Context): Promise<void> {
  const home = homeFolder(env)
  await needKeys(home)
  const target = options.operand ?? `safelight-keys-${new Date(systemClock.now()).toISOString().slice(0, 10)}.backup`
  const { force } = options
  await checkOutput(target, { force })
  const passphrase = await readPassphrase(env, { file: options.passphraseFile, confirm: true })
  const backup = await refusals(() => backupKeys(home, passphrase, systemClock))
  const bytes = await writeOutput(target, oneChunk(backup), { force, mode: 0o600 })
  await stampBackup(home, systemClock)
  const text = `${target}: all keys, under the passphrase (${formatBytes(bytes)}). Keep it away from this machine.`
  if (target !== STDIO && (await liesIn(target, home))) {
    out.warn(
      `${target} lies in the home that it is a backup of, and is lost with it`,
      'move it to another disk or machine',
    )
  }
  if (target === STDIO) out.note(text)
  else out.result({ out: target, bytes }, text)
}

async function liesIn(path: string, home: string): Promise<boolean> {
  return (await realpath(path)).startsWith(`${await realpath(home)}${sep}`)
}

export async function keysRestore(options: KeysOptions, { env, out }: Context): Promise<void> {
  const home = homeFolder(env)
  const trouble = makingTrouble(home)
  if (trouble) throw new CommandFailed(trouble.detail, trouble.mend)
  const input = await openInput(options.operand ?? STDIO)
  const parts: Uint8Array[] = []
  for await (const part of input.read()) parts.push(part)
  const passphrase = await readPassphrase(env, { file: options.passphraseFile, confirm: false })
  const restored = await refusals(() => restoreKeys(home, Buffer.concat(parts), passphrase))
  const text = restored.length === 0 ? 'every key was here already' : `restored ${restored.length} key files`
  const list = await needKeys(home)
  const generations = list.generations.map(({ generation, keyId, state }) => ({ generation, keyId, state }))
  out.result({ restored: restored.length, generations }, `${text}; of this home now: ${statesOf(list)}`)
  const older = generations.some(({ state, keyId }) => state === 'active' && keyId !== list.current)
  if (older && restored.includes('kem.json')) {
    out.note('what was retired after that backup was made opens again; safelight keys retire N retires it')
  }
  out.note('next: safelight doctor, then safelight verify --all')
}

function statesOf({ generations, current }: KeyList): string {
  const state = (one: KeyList['generations'][number]) => (one.keyId === current ? 'seals and opens' : WORDS[one.state])
  return generations.map((one) => `generation ${one.generation} ${state(one)}`).join(', ')
}

const WORDS = { active: 'opens', retired: 'is retired' } as const

export async function needKeys(home: string): Promise<KeyList> {
  const list = await listKeys(home)
  if (list === undefined) throw new CommandFailed('there are no keys yet', 'safelight keys init makes them')
  return list
}

function currentOf(list: KeyList): { readonly generation: number; readonly keyId: string } {
  const found = list.generations.find(({ keyId }) => keyId === list.current)
  if (found === undefined) throw new CommandFailed('no key generation is current', 'safelight keys restore FILE')
  return found
}

async function refusals<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof BackupRefused ? new CommandFailed(error.message) : error
  }
}

async function* oneChunk(bytes: Uint8Array) {
  yield bytes
}
