/** Sealing 8 MiB: what the permutation costs, what our own loop costs over bare AES-256-GCM, and how peers compare. */
import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto'
import { KNOWN_GOOD, orbitsPass } from '../shared/chaos/checks.ts'
import type { Chaos } from '../shared/chaos/permutation.ts'
import { nodePrimitives as primitives } from '../shared/platform/crypto.ts'
import { bodyKeys, chaosSeed, sealChunkTo } from '../shared/vault/body.ts'
import { bodySize, CHUNK, SEALED_CHUNK } from '../shared/vault/layout.ts'
import { type Memory, sealObject } from '../shared/vault/seal.ts'
import { benchKeys, STACK } from './keys.ts'
import { judged, type Publish, type Target } from './line.ts'
import { age, awsEncryptionSdk } from './peers.ts'
import { type Contestant, interleave, summary, type Times, timesAsFast } from './rounds.ts'

const SIZE = 8 * 2 ** 20
const MIB = SIZE / 2 ** 20
const BATCH = 16
/** Runs in one turn, so that turns take about as long and everybody collects most of the garbage that is theirs. */
const OWN_TIMES = 6
const PEER_TIMES = { ours: 20, theirs: 2 }
const ROUNDS = 31
const WARM_UP = 4
const PEER_ROUNDS = 7
const PEER_WARM_UP = 1

const plaintext = Uint8Array.from(randomBytes(SIZE))

function mustBe(length: number, expected: number): void {
  if (length !== expected) throw new Error('not all of it was sealed')
}

/** As sealObject's stream makes it, but for the digest: keys, permutation and its tests included, fresh for each. */
function sealBody(memory: Memory, chaos?: Chaos): void {
  const [dek, metaHash, headHash] = [randomBytes(32), randomBytes(64), randomBytes(64)]
  if (chaos) orbitsPass(chaosSeed(primitives, dek, metaHash), chaos)
  const keys = bodyKeys(primitives, dek, metaHash, headHash, randomBytes(24), chaos)
  let length = 56
  let batch = new Uint8Array(BATCH * SEALED_CHUNK)
  let filled = 0
  for (let k = 0; k <= SIZE / CHUNK; k++) {
    if (filled === batch.length) {
      length += filled
      if (memory === 'given') batch = new Uint8Array(BATCH * SEALED_CHUNK)
      filled = 0
    }
    filled = sealChunkTo(keys, batch, filled, plaintext.subarray(k * CHUNK, (k + 1) * CHUNK), k)
  }
  mustBe(length + filled, bodySize(SIZE))
}

/** The least that node:crypto can be asked for: nothing is put together, copied or kept. */
function bareLoop(key: Parameters<typeof createCipheriv>[1]): void {
  const nonce = randomBytes(12)
  let length = 56
  for (let at = 0; at <= SIZE; at += CHUNK) {
    nonce.writeUInt32BE(at / CHUNK, 8)
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    length += cipher.update(plaintext.subarray(at, at + CHUNK)).length
    cipher.final()
    length += cipher.getAuthTag().length
  }
  mustBe(length, bodySize(SIZE))
}

async function* whole(): AsyncGenerator<Uint8Array> {
  yield plaintext
}

const NAMES = {
  permuted: 'sealing a body with its permutations',
  second: 'sealing a body with its permutations, map 2',
  identity: 'sealing the same body without',
  givenPermuted: 'the same with permutations, batches given away',
  given: 'the same without, batches given away',
  bare: 'a bare node:crypto loop with a key object',
  bareBytes: 'a bare node:crypto loop with the key as bytes',
  object: 'sealing a whole object: both keys, header, digest, body',
} as const

export async function bench(publish: Publish): Promise<void> {
  const { recipient } = benchKeys(768)
  const sha256 = primitives.sha256(plaintext)
  const ours: Readonly<Record<keyof typeof NAMES, Contestant['run']>> = {
    permuted: () => sealBody('lent', KNOWN_GOOD),
    second: () => sealBody('lent', { map: 2, parameters: [0x85ebca6b, 0xc2b2ae35] }),
    identity: () => sealBody('lent'),
    givenPermuted: () => sealBody('given', KNOWN_GOOD),
    given: () => sealBody('given'),
    bare: () => bareLoop(createSecretKey(randomBytes(32))),
    bareBytes: () => bareLoop(randomBytes(32)),
    async object() {
      const sealed = await sealObject(primitives, {
        ...{ stackId: STACK, recipients: [recipient], created: 0, tier: 0, plaintextLength: SIZE },
        metadata: { sha256, mediaType: 'application/octet-stream', featureDigest: randomBytes(32) },
      })
      let length = 0
      for await (const part of sealed.stream(whole(), 'lent')) length += part.length
      mustBe(length, sealed.size)
    },
  }
  const group = (times: number, ...keys: (keyof typeof NAMES)[]): Contestant[] =>
    keys.map((key) => ({ name: NAMES[key], times, run: ours[key] }))
  const say = (of: Times, name: string, against?: string, target: Target = {}) => {
    const { median, spread } = summary((of.get(name) ?? []).map((seconds) => MIB / seconds))
    const line = {
      bench: 'vault',
      metric: name,
      value: median,
      unit: 'MiB/s',
      spread,
      rounds: of.get(name)?.length ?? 0,
    }
    if (against === undefined) return publish(line)
    const { median: ratio, spread: ratioSpread } = summary(timesAsFast(of, name, against))
    publish({ ...line, against, ratio, ratioSpread, ...judged(ratio, target) })
  }
  const ownCosts = await interleave(group(OWN_TIMES, 'permuted', 'second', 'identity', 'bare'), ROUNDS, WARM_UP)
  say(ownCosts, NAMES.permuted, NAMES.identity, { atLeast: 0.8 })
  say(ownCosts, NAMES.second, NAMES.identity, { atLeast: 0.8 })
  say(ownCosts, NAMES.identity, NAMES.bare, { atLeast: 0.9 })
  say(ownCosts, NAMES.bare)
  const givenAway = await interleave(group(OWN_TIMES, 'givenPermuted', 'given', 'bare'), ROUNDS, WARM_UP)
  say(givenAway, NAMES.givenPermuted, NAMES.given)
  say(givenAway, NAMES.given, NAMES.bare)
  // Apart, because it leaves so many key objects to collect that its neighbours would pay.
  const withBytes = await interleave(group(OWN_TIMES, 'identity', 'bareBytes'), ROUNDS, WARM_UP)
  say(withBytes, NAMES.bareBytes)
  say(withBytes, NAMES.identity, NAMES.bareBytes)

  const peers = [...(await awsEncryptionSdk()), await age()]
  const raced = await interleave(
    [
      ...group(PEER_TIMES.ours, 'permuted', 'object'),
      ...peers.map(({ name, encrypt }) => ({
        name,
        times: PEER_TIMES.theirs,
        async run() {
          if ((await encrypt(plaintext)) < SIZE) throw new Error('not all of it was encrypted')
        },
      })),
    ],
    PEER_ROUNDS,
    PEER_WARM_UP,
  )
  for (const { name, asItComes } of peers) {
    say(raced, name)
    say(raced, NAMES.permuted, name, asItComes ? { atLeast: 10 } : {})
    say(raced, NAMES.object, name)
  }
}
