/**
 * Which key generations there are, which one seals, and the public keys it seals with: DynamoDB's table of keyTable.ts,
 * read whole and kept for seconds, so that a rotation or a retirement takes effect everywhere soon, and no open waits for it.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb'
import { type Clock, type KemPublicKeys, Unavailable } from '../ports.ts'
import { cached, wallClock } from './cached.ts'
import { unavailable } from './errors.ts'
import { CURRENT_KEY, CurrentRow, type Generation, GenerationRow, PUBLIC_KEY_OF } from './keyTable.ts'
import { type AwsSettings, clientConfig } from './settings.ts'

/** How late a rotation or a retirement may be noticed. */
export const REGISTER_KEPT_MS = 10_000

/** `current` is undefined while the first keys are being made. */
export interface RegisterState {
  readonly current: Generation | undefined
  /** Oldest first, the one that is being made included. */
  readonly generations: readonly Generation[]
}

export interface KeyRegister {
  /** At most REGISTER_KEPT_MS old. @throws Unavailable */
  read(): Promise<RegisterState>
  /** As it is now; `read` gives it, too, from then on. @throws Unavailable */
  readNow(): Promise<RegisterState>
  /** The active generation of that key id; one that isn't known yet is looked for now. @throws Unavailable */
  active(keyId: string): Promise<Generation | undefined>
  /** KMS ids of the data keys of active generations. @throws Unavailable */
  dataKeyArns(): Promise<readonly string[]>
}

export function openKeyRegister(table: string, settings: AwsSettings = {}, clock: Clock = wallClock): KeyRegister {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(settings)))
  const state = cached(() => scan(client, table), REGISTER_KEPT_MS, clock)
  return {
    async read() {
      const known = await state.get()
      // Who waits for the first keys shall not wait longer than they take.
      return known.current === undefined ? state.noOlderThan(0) : known
    },
    readNow: () => state.noOlderThan(0),
    async active(keyId) {
      const among = ({ generations }: RegisterState) => generations.find((one) => one.keyId === keyId)
      const found = among(await state.get()) ?? among(await state.noOlderThan(0))
      return found?.state === 'active' ? found : undefined
    },
    async dataKeyArns() {
      const active = (await state.get()).generations.filter((one) => one.state === 'active')
      return [...new Set(active.map(({ dataKeyArn }) => dataKeyArn))]
    },
  }
}

async function scan(client: DynamoDBDocumentClient, TableName: string): Promise<RegisterState> {
  const rows: Record<string, unknown>[] = []
  // What a killed or concurrent run has just written counts, so nothing older will do.
  const whole = { TableName, ConsistentRead: true }
  try {
    for await (const page of paginateScan({ client }, whole)) {
      rows.push(...(page.Items ?? []))
    }
  } catch (error) {
    throw unavailable('reading the key register', error)
  }
  try {
    const generations = rows.filter(({ id }) => id !== CURRENT_KEY.id).map((row) => GenerationRow.parse(row))
    generations.sort((a, b) => a.generation - b.generation)
    const pointer = rows.find(({ id }) => id === CURRENT_KEY.id)
    if (pointer === undefined) return { current: undefined, generations }
    const { generation } = CurrentRow.parse(pointer)
    const current = generations.find((one) => one.generation === generation)
    if (current === undefined) throw new RangeError('the current generation has no row')
    return { current, generations }
  } catch {
    throw new Unavailable('the key register is damaged: restore its table to a point in time before that')
  }
}

/** What sealing holds: public keys alone. */
export function openKemPublicKeys(register: Pick<KeyRegister, 'read'>): KemPublicKeys {
  return {
    async current(level) {
      const { current } = await register.read()
      if (current === undefined) throw new Unavailable('there are no keys yet: run `safelight keys init`')
      if (current.state !== 'active') throw new Unavailable('no key generation is active: run `safelight keys rotate`')
      const { keyId, generation } = current
      return { keyId, generation, level, publicKey: new Uint8Array(current[PUBLIC_KEY_OF[level]]) }
    },
  }
}
