/** Key files against the key contracts, and what only files can get wrong. */
import { createPublicKey, decapsulate, encapsulate } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { systemClock } from '../../shared/platform/local/clock.ts'
import {
  exposedKeyFiles,
  homeLayout,
  initKeys,
  KeysExist,
  listKeys,
  openKemCustody,
  openKemPublicKeys,
  openKeyService,
  openSecrets,
  pinPublicKeys,
  RotationRefused,
  readDeployment,
  rotateKeys,
  setRetired,
} from '../../shared/platform/local/keys.ts'
import { kemPrivateKey, kemPublicKeyOf } from '../../shared/platform/mlkem.ts'
import { AuthenticationFailed, type KemLevel, type Primitives, Unavailable } from '../../shared/platform/ports.ts'
import { describeKeys } from './contract/keys.ts'
import { modesBelow, temporaryHome } from './home.ts'

const LEVELS: readonly KemLevel[] = [768, 1024]

describeKeys('local', async () => {
  const { home, remove } = await temporaryHome()
  await initKeys(home, nodePrimitives, systemClock)
  return {
    keyService: openKeyService(home),
    publicKeys: openKemPublicKeys(home),
    custody: openKemCustody(home),
    secrets: openSecrets(home),
    close: remove,
  }
})

describe.each([
  [768, ml_kem768],
  [1024, ml_kem1024],
] as const)('noble and node:crypto on ML-KEM-%i', (level, noble) => {
  const seed = nodePrimitives.random(64)
  const ours = noble.keygen(seed)
  const theirs = kemPrivateKey(seed, level)

  it('derive the same public key from one seed', () => {
    expect(new Uint8Array(kemPublicKeyOf(theirs, level))).toEqual(ours.publicKey)
  })

  it('open what the other sealed', () => {
    const fromNoble = noble.encapsulate(ours.publicKey)
    expect(new Uint8Array(decapsulate(theirs, fromNoble.cipherText))).toEqual(fromNoble.sharedSecret)
    const fromNode = encapsulate(createPublicKey(theirs))
    expect(noble.decapsulate(new Uint8Array(fromNode.ciphertext), ours.secretKey)).toEqual(
      new Uint8Array(fromNode.sharedKey),
    )
  })

  it('give the same wrong secret for a wrong ciphertext', () => {
    const { cipherText } = noble.encapsulate(ours.publicKey)
    cipherText[0] = (cipherText[0] ?? 0) ^ 0x80
    expect(new Uint8Array(decapsulate(theirs, cipherText))).toEqual(noble.decapsulate(cipherText, ours.secretKey))
  })
})

describe('local: keys on disk', () => {
  let home: string
  let keys: string
  let remove: () => Promise<void>
  beforeEach(async () => {
    const made = await temporaryHome()
    home = made.home
    keys = homeLayout(home).keys
    remove = made.remove
  })
  afterEach(() => remove())
  const init = (primitives: Primitives = nodePrimitives) => initKeys(home, primitives, systemClock)

  it('init makes exactly the documented files, 0600 in a 0700 folder', async () => {
    const list = await init()
    expect((await readdir(home)).sort()).toEqual(['config.json', 'keys', 'keys.lock'])
    expect((await readdir(keys)).sort()).toEqual([
      'data.key',
      'index.key',
      'kem-0001-1024.pub',
      'kem-0001-768.pub',
      'kem-0001.seed',
      'kem.json',
      'link-000.key',
    ])
    for (const { folder, mode } of await modesBelow(home)) expect(mode).toBe(folder ? 0o700 : 0o600)
    expect(await listKeys(home)).toEqual(list)
    expect(list.stackId).toMatch(/^[0-9a-f]{16}$/)
    expect(list.dataKeyId).toMatch(/^local\/data-[0-9a-f]{8}$/)
    expect(list.generations).toMatchObject([{ keyId: list.current, generation: 1, state: 'active' }])
    expect(list.linkKids).toEqual([0])
    expect(await exposedKeyFiles(home)).toEqual([])
  })

  it('lists no secret', async () => {
    const text = JSON.stringify(await init())
    for (const name of ['kem-0001.seed', 'data.key', 'index.key', 'link-000.key']) {
      const secret = await readFile(join(keys, name))
      expect(text).not.toContain(secret.toString('hex').slice(0, 16))
      expect(text).not.toContain(secret.toString('base64').slice(0, 12))
    }
  })

  it('init refuses where keys are, and leaves them', async () => {
    const list = await init()
    const seed = await readFile(join(keys, 'kem-0001.seed'))
    await expect(init()).rejects.toThrow(KeysExist)
    expect(await readFile(join(keys, 'kem-0001.seed'))).toEqual(seed)
    await rm(join(keys, 'kem.json'))
    await expect(init()).rejects.toThrow(KeysExist)
    expect(await readDeployment(home)).toMatchObject({ stackId: list.stackId })
  })

  it('of several inits at once exactly one makes the keys', async () => {
    const results = await Promise.allSettled([init(), init(), init(), init()])
    const made = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(made).toHaveLength(1)
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(KeysExist)
    expect(await listKeys(home)).toEqual(made[0])
    expect((await readdir(home)).sort()).toEqual(['config.json', 'keys', 'keys.lock'])
  })

  it('init publishes nothing when the private key does not open what the public key sealed', async () => {
    const other = ml_kem1024.keygen(nodePrimitives.random(64)).publicKey
    const encapsulate: Primitives['kem']['encapsulate'] = (level, publicKey) =>
      nodePrimitives.kem.encapsulate(level, level === 1024 ? other : publicKey)
    await expect(init({ ...nodePrimitives, kem: { encapsulate } })).rejects.toThrow(
      /ML-KEM-1024 .* no key was published/,
    )
    expect(await readdir(home)).toEqual(['config.json', 'keys.lock'])
  })

  it('says what to do while there are no keys', async () => {
    await expect(openKemPublicKeys(home).current(768)).rejects.toThrow(Unavailable)
    await expect(openKemPublicKeys(home).current(768)).rejects.toThrow('safelight keys init')
    await expect(openKeyService(home).generateDataKey({})).rejects.toThrow('safelight keys init')
    await expect(openSecrets(home).indexKey()).rejects.toThrow('safelight keys init')
    expect(await openSecrets(home).linkKey()).toBeUndefined()
    expect(await openKemCustody(home).publicKey('any', 768)).toBeUndefined()
    expect(await listKeys(home)).toBeUndefined()
  })

  it('opened before init, they work after it', async () => {
    const [publicKeys, keyService] = [openKemPublicKeys(home), openKeyService(home)]
    await expect(publicKeys.current(1024)).rejects.toThrow(Unavailable)
    await expect(keyService.generateDataKey({})).rejects.toThrow(Unavailable)
    await init()
    expect((await publicKeys.current(1024)).publicKey).toHaveLength(1568)
    expect((await keyService.generateDataKey({})).plaintext).toHaveLength(32)
  })

  it('sealing reads no private file', async () => {
    await init()
    for (const name of ['kem-0001.seed', 'data.key', 'index.key', 'link-000.key']) await rm(join(keys, name))
    for (const level of LEVELS) expect((await openKemPublicKeys(home).current(level)).level).toBe(level)
  })

  it('a wrongly pinned public key shows, because custody derives its own, and pinning again mends it', async () => {
    const { current } = await init()
    const wrong = ml_kem768.keygen(nodePrimitives.random(64)).publicKey
    await writeFile(join(keys, 'kem-0001-768.pub'), wrong)
    const right = await openKemCustody(home).publicKey(current, 768)
    expect((await openKemPublicKeys(home).current(768)).publicKey).toEqual(wrong)
    expect(right).not.toEqual(wrong)
    await writeFile(join(keys, 'kem-0001-1024.pub'), 'cut')
    expect(await pinPublicKeys(home, nodePrimitives)).toEqual([768, 1024])
    expect((await openKemPublicKeys(home).current(768)).publicKey).toEqual(right)
    expect(await pinPublicKeys(home, nodePrimitives)).toEqual([])
  })

  it('a retired generation neither seals nor opens, at once, and comes back with its state', async () => {
    const { current } = await init()
    const custody = openKemCustody(home)
    const { ciphertext } = nodePrimitives.kem.encapsulate(768, (await openKemPublicKeys(home).current(768)).publicKey)
    const secret = await custody.decapsulate(current, 768, ciphertext)
    const manifest = await readFile(join(keys, 'kem.json'), 'utf8')
    await writeFile(join(keys, 'kem.json'), manifest.replace('active', 'retired'))
    expect(await custody.publicKey(current, 768)).toBeUndefined()
    await expect(custody.decapsulate(current, 768, ciphertext)).rejects.toThrow('retired')
    await expect(openKemPublicKeys(home).current(768)).rejects.toThrow('safelight keys rotate')
    await writeFile(join(keys, 'kem.json'), manifest)
    expect(await custody.decapsulate(current, 768, ciphertext)).toEqual(secret)
  })

  it('rotation makes a generation that seals at once, and older ones still open', async () => {
    await init()
    const [publicKeys, custody, keyService] = [openKemPublicKeys(home), openKemCustody(home), openKeyService(home)]
    const before = await publicKeys.current(768)
    const data = await keyService.generateDataKey({ a: 'b' })
    const { ciphertext, sharedSecret } = nodePrimitives.kem.encapsulate(768, before.publicKey)
    const { made, linkKid } = await rotateKeys(home, nodePrimitives, systemClock)
    expect(made).toMatchObject({ generation: 2, state: 'active' })
    expect(linkKid).toBe(1)
    for (const level of LEVELS) {
      const now = await publicKeys.current(level)
      expect(now).toMatchObject({ keyId: made.keyId, generation: 2 })
      expect(await custody.publicKey(made.keyId, level)).toEqual(now.publicKey)
    }
    const newer = await keyService.generateDataKey({ a: 'b' })
    expect(newer.keyId).not.toBe(data.keyId)
    expect(await keyService.allowed()).toEqual([data.keyId, newer.keyId])
    expect((await keyService.decrypt(data.keyId, data.blob, { a: 'b' })).plaintext).toEqual(data.plaintext)
    await expect(keyService.decrypt(newer.keyId, data.blob, { a: 'b' })).rejects.toThrow(AuthenticationFailed)
    expect(await custody.decapsulate(before.keyId, 768, ciphertext)).toEqual(new Uint8Array(sharedSecret))
    expect(await openSecrets(home).linkKey()).toMatchObject({ kid: 1 })
    expect(await listKeys(home)).toMatchObject({
      current: made.keyId,
      dataKeyId: newer.keyId,
      dataKeyIds: [data.keyId, newer.keyId],
      linkKids: [0, 1],
    })
    for (const { folder, mode } of await modesBelow(home)) expect(mode).toBe(folder ? 0o700 : 0o600)
  })

  it('a rotation that was killed is finished by the next one, under the same secrets', async () => {
    await init()
    const other = ml_kem1024.keygen(nodePrimitives.random(64)).publicKey
    const encapsulate: Primitives['kem']['encapsulate'] = (level, publicKey) =>
      nodePrimitives.kem.encapsulate(level, level === 1024 ? other : publicKey)
    const list = await listKeys(home)
    const broken = rotateKeys(home, { ...nodePrimitives, kem: { encapsulate } }, systemClock)
    await expect(broken).rejects.toThrow('no key was published')
    expect(await listKeys(home)).toEqual(list)
    const seed = await readFile(join(keys, 'kem-0002.seed'))
    const { made } = await rotateKeys(home, nodePrimitives, systemClock)
    expect(made.generation).toBe(2)
    expect(await readFile(join(keys, 'kem-0002.seed'))).toEqual(seed)
  })

  it('rotations at once make one generation each, and lose none', async () => {
    await init()
    const made = await Promise.all([1, 2, 3].map(() => rotateKeys(home, nodePrimitives, systemClock)))
    expect(made.map((one) => one.made.generation).sort()).toEqual([2, 3, 4])
    const list = await listKeys(home)
    expect(list?.generations.map(({ generation }) => generation)).toEqual([1, 2, 3, 4])
    expect(list?.current).toBe(list?.generations.at(-1)?.keyId)
  })

  it('retiring disables both legs of a generation, deletes nothing, and is undone', async () => {
    await init()
    const keyService = openKeyService(home)
    const data = await keyService.generateDataKey({ a: 'b' })
    await expect(setRetired(home, 1, true)).rejects.toThrow(RotationRefused)
    await expect(setRetired(home, 7, true)).rejects.toThrow('there is no generation 7')
    await rotateKeys(home, nodePrimitives, systemClock)
    const files = await readdir(keys)
    expect(await setRetired(home, 1, true)).toBe(true)
    expect(await setRetired(home, 1, true)).toBe(false)
    expect(await keyService.allowed()).not.toContain(data.keyId)
    await expect(keyService.decrypt(data.keyId, data.blob, { a: 'b' })).rejects.toThrow(AuthenticationFailed)
    expect(await readdir(keys)).toEqual(files)
    expect(await setRetired(home, 1, false)).toBe(true)
    expect((await keyService.decrypt(data.keyId, data.blob, { a: 'b' })).plaintext).toEqual(data.plaintext)
  })

  it('a home of version 0.1, whose list names no data key, opens and rotates', async () => {
    await init()
    const data = await openKeyService(home).generateDataKey({ a: 'b' })
    const manifest = JSON.parse(await readFile(join(keys, 'kem.json'), 'utf8'))
    delete manifest.generations[0].dataKeyId
    await writeFile(join(keys, 'kem.json'), JSON.stringify(manifest))
    expect(await openKeyService(home).allowed()).toEqual([data.keyId])
    await rotateKeys(home, nodePrimitives, systemClock)
    const after = openKeyService(home)
    expect(await after.allowed()).toHaveLength(2)
    expect((await after.decrypt(data.keyId, data.blob, { a: 'b' })).plaintext).toEqual(data.plaintext)
  })

  it('without a link key left, the last one goes on signing', async () => {
    await init()
    await writeFile(join(keys, 'link-255.key'), nodePrimitives.random(32))
    expect((await rotateKeys(home, nodePrimitives, systemClock)).linkKid).toBeUndefined()
    expect(await openSecrets(home).linkKey()).toMatchObject({ kid: 255 })
  })

  it('a newer link key signs, and older ones still verify', async () => {
    await init()
    const old = await openSecrets(home).linkKey()
    await writeFile(join(keys, 'link-007.key'), nodePrimitives.random(32))
    expect(await openSecrets(home).linkKey()).toMatchObject({ kid: 7 })
    expect(await openSecrets(home).linkKey(0)).toEqual(old)
  })

  it("another deployment's keys open nothing", async () => {
    await init()
    const second = await temporaryHome()
    await initKeys(second.home, nodePrimitives, systemClock)
    const { keyId, blob } = await openKeyService(home).generateDataKey({ a: 'b' })
    await expect(openKeyService(second.home).decrypt(keyId, blob, { a: 'b' })).rejects.toThrow(AuthenticationFailed)
    const theirs = await openKeyService(second.home).generateDataKey({ a: 'b' })
    await expect(openKeyService(home).decrypt(keyId, theirs.blob, { a: 'b' })).rejects.toThrow(AuthenticationFailed)
    const { current } = (await listKeys(second.home)) ?? { current: '' }
    expect(await openKemCustody(home).publicKey(current, 768)).toBeUndefined()
    await second.remove()
  })

  it('a key file of a wrong length or content is Unavailable, says what to do, and shows nothing of it', async () => {
    await init()
    const spoil = async (name: string, work: () => Promise<unknown>) => {
      const whole = await readFile(join(keys, name))
      await writeFile(join(keys, name), 'not-a-key')
      await expect(work()).rejects.toThrow(Unavailable)
      await expect(work()).rejects.toThrow(/safelight keys restore/)
      await expect(work()).rejects.not.toThrow('not-a-key')
      await writeFile(join(keys, name), whole)
    }
    const { current } = (await listKeys(home)) ?? { current: '' }
    await spoil('data.key', () => openKeyService(home).generateDataKey({}))
    await spoil('index.key', () => openSecrets(home).indexKey())
    await spoil('link-000.key', () => openSecrets(home).linkKey())
    await spoil('kem-0001-768.pub', () => openKemPublicKeys(home).current(768))
    await spoil('kem-0001.seed', () => openKemCustody(home).publicKey(current, 768))
    await spoil('kem.json', () => openKemCustody(home).publicKey(current, 768))
    await writeFile(join(home, 'config.json'), '{}')
    await expect(listKeys(home)).rejects.toThrow(/config.json is damaged/)
    await rm(join(home, 'config.json'))
    await expect(listKeys(home)).rejects.toThrow(/config.json is missing/)
  })

  it('tells which key files others may read', async () => {
    await init()
    await chmod(join(keys, 'data.key'), 0o640)
    await chmod(keys, 0o755)
    expect(await exposedKeyFiles(home)).toEqual(['keys', 'keys/data.key'])
  })

  it('refuses a context that has no UTF-8 form', async () => {
    await init()
    await expect(openKeyService(home).generateDataKey({ a: '\ud800' })).rejects.toThrow(RangeError)
  })
})

describe('local: what lies beside keys/', () => {
  let home: string
  let remove: () => Promise<void>
  beforeEach(async () => {
    const made = await temporaryHome()
    home = made.home
    remove = made.remove
  })
  afterEach(() => remove())

  it('of a killed run is taken away by the next, with the secrets in it', async () => {
    const left = join(home, 'keys.new-00112233445566aa')
    await mkdir(left, { recursive: true })
    await writeFile(join(left, 'kem-0001.seed'), new Uint8Array(64))
    await initKeys(home, nodePrimitives, systemClock)
    expect(await readdir(home)).not.toContain('keys.new-00112233445566aa')
  })

  it('and in it is no key stays where it is, and is said to be in the way', async () => {
    await mkdir(join(home, 'keys'), { recursive: true })
    await writeFile(join(home, 'keys', '.DS_Store'), '')
    await expect(initKeys(home, nodePrimitives, systemClock)).rejects.toThrow(/no key.*move it away/)
    expect(await readdir(join(home, 'keys'))).toEqual(['.DS_Store'])
  })
})
