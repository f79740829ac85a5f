/** Making, rotating and retiring keys on MiniStack: all or nothing for whoever reads, and every kill is survived. */
import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { DeleteSecretCommand, DescribeSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openKemCustody } from '../../../shared/platform/aws/custody.ts'
import { initKeys, rotateKeys } from '../../../shared/platform/aws/keyMaking.ts'
import { openKemPublicKeys, openKeyRegister } from '../../../shared/platform/aws/keyRegister.ts'
import { openKeyRegisterChanges } from '../../../shared/platform/aws/keyRegisterChanges.ts'
import { listKeys, RetiringRefused, retire, unretire } from '../../../shared/platform/aws/keyRetiring.ts'
import { openLinkKeys } from '../../../shared/platform/aws/secrets.ts'
import { openSecretStore } from '../../../shared/platform/aws/secretValue.ts'
import { nodePrimitives as primitives } from '../../../shared/platform/crypto.ts'
import { kemPrivateKey, kemPublicKeyOf, LEVELS } from '../../../shared/platform/mlkem.ts'
import { type Primitives, Unavailable } from '../../../shared/platform/ports.ts'
import type { Emulator } from '../../aws/emulator.ts'
import { startFaultProxy } from '../../aws/faults/proxy.ts'
import { startMiniStack } from '../../aws/ministack.ts'
import { type KeyStack, makeKeyStack, useEmulator } from './keyStack.ts'

const NOTHING_NEEDED = async () => ({ objects: 0, waiting: 0, unknown: 0 })
let emulator: Emulator
beforeAll(async () => {
  emulator = await startMiniStack()
  useEmulator(emulator)
})
afterAll(() => emulator[Symbol.asyncDispose]())

const init = ({ place, origin }: KeyStack, settings = {}) => initKeys(place, origin, { primitives, settings })
const rotate = ({ place, origin }: KeyStack, settings = {}) => rotateKeys(place, origin, { primitives, settings })
const list = ({ place }: KeyStack) => listKeys(place)

async function seedOf({ secrets, origin }: KeyStack, generation: number): Promise<Uint8Array | undefined> {
  const SecretId = `${origin.seedPrefix}/${generation}`
  return secrets.send(new GetSecretValueCommand({ SecretId })).then(
    ({ SecretBinary }) => SecretBinary,
    () => undefined,
  )
}

/** What is published opens with the seed that is stored, and every generation before it still has its own. */
async function expectWhole(stack: KeyStack, generation: number): Promise<void> {
  const register = openKeyRegister(stack.place.table)
  const [publicKeys, custody] = [openKemPublicKeys(register), openKemCustody(register, stack.origin.seedPrefix)]
  const found = await list(stack)
  expect(found?.generations.map((one) => one.generation)).toEqual(Array.from({ length: generation }, (_, i) => i + 1))
  const seed = await seedOf(stack, generation)
  if (seed === undefined) throw new Error('the seed is gone')
  for (const level of LEVELS) {
    const current = await publicKeys.current(level)
    expect(current).toMatchObject({ keyId: found?.current, generation })
    expect(current.publicKey).toEqual(kemPublicKeyOf(kemPrivateKey(seed, level), level))
    expect(await custody.publicKey(current.keyId, level)).toEqual(current.publicKey)
  }
  for (const { keyId } of found?.generations ?? []) expect(await custody.publicKey(keyId, 768)).toHaveLength(1184)
  expect(found?.linkKids).toEqual(generation === 1 ? [0] : [generation - 2, generation - 1])
}

describe('init', () => {
  test('makes everything once, the seed under the seed key, and again changes nothing', async () => {
    const stack = await makeKeyStack()
    expect(await init(stack)).toMatchObject({ generation: 1, made: true, pinned: [] })
    await expectWhole(stack, 1)
    const seed = await seedOf(stack, 1)
    const described = await stack.secrets.send(new DescribeSecretCommand({ SecretId: `${stack.origin.seedPrefix}/1` }))
    expect(described.KmsKeyId).toBe(stack.origin.seedKeyArn)
    expect(await init(stack)).toMatchObject({ generation: 1, made: false, pinned: [] })
    expect(await seedOf(stack, 1)).toEqual(seed)
    await expectWhole(stack, 1)
  })

  test('no seed and no symmetric key is in the register, in the list or in what init says', async () => {
    const stack = await makeKeyStack()
    const said = JSON.stringify([
      await init(stack),
      await list(stack),
      await openKeyRegister(stack.place.table).readNow(),
    ])
    const seed = Buffer.from((await seedOf(stack, 1)) ?? [])
    for (const form of ['hex', 'base64'] as const) expect(said).not.toContain(seed.toString(form).slice(0, 16))
    expect(said).not.toContain(JSON.stringify([...seed.subarray(0, 8)]).slice(1, -1))
  })

  test('at once by four makes one generation', async () => {
    const stack = await makeKeyStack()
    const made = await Promise.all([1, 2, 3, 4].map(() => init(stack)))
    expect(new Set(made.map(({ keyId }) => keyId)).size).toBe(1)
    expect(made.filter((one) => one.made)).toHaveLength(1)
    await expectWhole(stack, 1)
  })

  test('says when the secrets of the stack are not there', async () => {
    const { place, ...stack } = await makeKeyStack()
    const lost = { ...stack, place: { ...place, indexSecret: `${stack.origin.seedPrefix}/lost` } }
    await expect(init(lost)).rejects.toThrow(/lost: it isn't there: deploy the stack/)
  })

  test('publishes nothing when the private key does not open what the public key sealed', async () => {
    const stack = await makeKeyStack()
    const other = ml_kem1024.keygen(primitives.random(64)).publicKey
    const encapsulate: Primitives['kem']['encapsulate'] = (level, publicKey) =>
      primitives.kem.encapsulate(level, level === 1024 ? other : publicKey)
    const broken = initKeys(stack.place, stack.origin, { primitives: { ...primitives, kem: { encapsulate } } })
    await expect(broken).rejects.toThrow(/ML-KEM-1024 .* no key was published/)
    expect((await openKeyRegister(stack.place.table).readNow()).generations).toEqual([])
    await init(stack)
    await expectWhole(stack, 1)
  })

  test('pins the right public key again where a wrong one was', async () => {
    const stack = await makeKeyStack()
    await init(stack)
    const wrong = ml_kem768.keygen(primitives.random(64)).publicKey
    const put = { id: { S: 'generation#1' } }
    await stack.dynamo.send(
      new UpdateItemCommand({
        ...{ TableName: stack.place.table, Key: put, UpdateExpression: 'SET publicKey768 = :wrong' },
        ExpressionAttributeValues: { ':wrong': { B: wrong } },
      }),
    )
    expect(await init(stack)).toMatchObject({ made: false, pinned: [768] })
    await expectWhole(stack, 1)
  })

  test('never makes a new seed for a generation that sealed: it asks for the old one', async () => {
    const stack = await makeKeyStack()
    await init(stack)
    const SecretId = `${stack.origin.seedPrefix}/1`
    await stack.secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }))
    await expect(init(stack)).rejects.toThrow(/seed .* is missing/)
    expect(await seedOf(stack, 1)).toBeUndefined()
  })

  test('a register that was lost comes back from the seeds as it was', async () => {
    const stack = await makeKeyStack()
    const { keyId } = await init(stack)
    const { keyId: second } = await rotate(stack)
    const fresh = { ...stack, place: { ...stack.place, table: (await makeKeyStack()).place.table } }
    expect((await init(fresh)).keyId).toBe(keyId)
    expect((await rotate(fresh)).keyId).toBe(second)
  })
})

describe('rotate', () => {
  test('makes the next generation and link key; of the link keys the oldest goes', async () => {
    const stack = await makeKeyStack()
    await init(stack)
    expect(await rotate(stack)).toMatchObject({ generation: 2, made: true })
    await expectWhole(stack, 2)
    const second = await openLinkKeys(stack.place.linkSecret).linkKey()
    await rotate(stack)
    await expectWhole(stack, 3)
    const links = openLinkKeys(stack.place.linkSecret)
    expect(await links.linkKey(1)).toEqual(second)
    expect(await links.linkKey(0)).toBeUndefined()
  })

  test('at once by four makes one generation', async () => {
    const stack = await makeKeyStack()
    await init(stack)
    const made = await Promise.all([1, 2, 3, 4].map(() => rotate(stack)))
    expect(new Set(made.map(({ generation }) => generation))).toEqual(new Set([2]))
    expect(made.filter((one) => one.made)).toHaveLength(1)
    await expectWhole(stack, 2)
  })

  test('needs keys', async () => {
    await expect(rotate(await makeKeyStack())).rejects.toThrow('safelight keys init')
  })
})

describe('a kill before any one request, and so after the one before it,', () => {
  /** The process ends there: nothing that it asks for later gets through either. */
  async function killedAt(at: number, work: (settings: object) => Promise<unknown>): Promise<boolean> {
    await using proxy = await startFaultProxy(emulator.endpoint, ({ at: n }) => (n < at ? 'pass' : 'before'))
    // Awaited here, or the proxy would be gone before the work is done.
    return await work({ endpoint: proxy.endpoint, maxAttempts: 1 }).then(
      () => false,
      (error: unknown) => {
        expect(error).toBeInstanceOf(Unavailable)
        return true
      },
    )
  }

  test('of init leaves what the next init finishes, and never keys that do not open', async () => {
    let killed = true
    let at = 0
    while (killed && at < 30) {
      const stack = await makeKeyStack()
      killed = await killedAt(++at, (settings) => init(stack, settings))
      const [left, seed] = [await list(stack), await seedOf(stack, 1)]
      if (left) await expectWhole(stack, 1)
      expect((await init(stack)).made).toBe(left === undefined)
      if (left === undefined) await expectWhole(stack, 1)
      if (seed) expect(await seedOf(stack, 1)).toEqual(seed)
    }
    expect(at).toBe(13)
  })

  test('of rotate leaves the old generation or the new one, and the next one is whole', async () => {
    let killed = true
    let at = 0
    while (killed && at < 30) {
      const stack = await makeKeyStack()
      await init(stack)
      killed = await killedAt(++at, (settings) => rotate(stack, settings))
      const left = (await list(stack))?.generations.length
      // Its link key may be there already, which no reader minds.
      if (left === 2) await expectWhole(stack, 2)
      else expect(left).toBe(1)
      expect((await init(stack)).generation).toBe(left)
      await rotate(stack)
      await expectWhole(stack, left === 2 ? 3 : 2)
    }
    expect(at).toBe(11)
  })
})

test('an answer that is lost on the way is asked for again, and nothing is made twice', async () => {
  // Of the requests of init those that write.
  for (const at of [3, 5, 7, 10, 11]) {
    const stack = await makeKeyStack()
    await using proxy = await startFaultProxy(emulator.endpoint, ({ at: n }) => (n === at ? 'after' : 'pass'))
    await init(stack, { endpoint: proxy.endpoint })
    expect(proxy.calls.length).toBeGreaterThan(12)
    await expectWhole(stack, 1)
  }
})

test('the first value of a secret is never replaced by another first one', async () => {
  const stack = await makeKeyStack()
  const store = openSecretStore()
  for (const value of ['one', 'two']) {
    await store.make(`${stack.origin.seedPrefix}/1`, Buffer.from(value), stack.origin.seedKeyArn)
    await store.fill(stack.place.indexSecret, Buffer.from(value))
    for (const secret of [`${stack.origin.seedPrefix}/1`, stack.place.indexSecret]) {
      expect(Buffer.from((await store.read(secret)) ?? []).toString()).toBe('one')
    }
  }
})

describe('retire', () => {
  test('refuses what seals, what is not there, and what objects still need; undo brings it back', async () => {
    const stack = await makeKeyStack()
    const { table } = stack.place
    await init(stack)
    await expect(retire(table, 1, NOTHING_NEEDED)).rejects.toThrow(/the one that seals/)
    await rotate(stack)
    await expect(retire(table, 3, NOTHING_NEEDED)).rejects.toThrow(RetiringRefused)
    for (const needed of [{ objects: 2 }, { waiting: 1 }, { unknown: 1 }]) {
      const need = async () => ({ ...(await NOTHING_NEEDED()), ...needed })
      await expect(retire(table, 1, need)).rejects.toThrow(RetiringRefused)
    }
    const state = async () => (await list(stack))?.generations.map((one) => one.state)
    expect(await state()).toEqual(['active', 'active'])
    const keys = (await list(stack))?.generations.map(({ keyId }) => keyId) ?? []
    const asked: unknown[] = []
    const need = async (keyId: string, others: ReadonlySet<string>) => {
      asked.push(keyId, [...others])
      return NOTHING_NEEDED()
    }
    expect(await retire(table, 1, need)).toBe(true)
    expect(asked).toEqual([keys[0], [keys[1]]])
    expect(await retire(table, 1, NOTHING_NEEDED)).toBe(false)
    expect(await state()).toEqual(['retired', 'active'])
    expect(await seedOf(stack, 1)).toHaveLength(64)
    expect(await unretire(table, 1)).toBe(true)
    expect(await unretire(table, 1)).toBe(false)
    expect(await state()).toEqual(['active', 'active'])
  })

  test('never retires what became current meanwhile, and the pointer never goes back or to a retired one', async () => {
    const stack = await makeKeyStack()
    await init(stack)
    await rotate(stack)
    const changes = openKeyRegisterChanges(stack.place.table)
    expect(await changes.setState(2, 'retired')).toBe(false)
    expect(await changes.makeCurrent(1, 2)).toBe(false)
    expect(await changes.makeCurrent(undefined, 1)).toBe(false)
    expect(await changes.setState(1, 'retired')).toBe(true)
    expect(await changes.makeCurrent(2, 1)).toBe(false)
    const pointer = await stack.dynamo.send(
      new GetItemCommand({ TableName: stack.place.table, Key: { id: { S: 'current' } } }),
    )
    expect(pointer.Item?.generation).toEqual({ N: '2' })
  })
})
