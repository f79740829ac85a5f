/** What somebody gets who holds this or that, tried on the three ways: not claimed, run. */
import { equal, hex } from '../shared/keys/encoding.ts'
import { nodePrimitives as primitives } from '../shared/platform/crypto.ts'
import type { LoadedModels } from '../shared/sensitivity/models.ts'
import { openObject, readHead } from '../shared/vault/open.ts'
import {
  type Keeper,
  type Kept,
  type Keys,
  type KeysByLevel,
  keepers,
  newKeys,
  WAYS,
  type Way,
} from './compare-ways.ts'

export interface Tried {
  readonly attack: string
  /** Whether it succeeded. */
  readonly succeeded: Readonly<Record<Way, boolean>>
  /** For whom it fails where it does, if not for everybody. */
  readonly failsFor?: string
}

const SWAP = 'put another picture of the same owner in its place'
/** What a file opened by itself can't know. */
const FAILS_FOR: Readonly<Record<string, string>> = { [SWAP]: 'a reader who comes by the catalogue' }

/** Has this key service's power, and another's ML-KEM keys. */
function withKeyServiceOf(keys: Keys, own: Keys): Keys {
  return { recipient: keys.recipient, keyring: { ...own.keyring, keyService: keys.keyring.keyService } }
}

/** Has these ML-KEM keys, and another key service. */
function withKemOf(keys: Keys, own: Keys): Keys {
  return { recipient: own.recipient, keyring: { ...own.keyring, custody: keys.keyring.custody } }
}

function mixed(mix: (keys: Keys, own: Keys) => Keys, keys: KeysByLevel): KeysByLevel {
  const own = newKeys()
  return { 768: mix(keys[768], own[768]), 1024: mix(keys[1024], own[1024]) }
}

async function opens(keeper: Keeper, kept: Kept, picture: Uint8Array): Promise<boolean> {
  try {
    return equal(await keeper.open(kept), picture)
  } catch {
    return false
  }
}

const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === bytes.length >> 1 ? byte ^ 1 : byte))

/** Whether a reader who expects the first picture's object takes the second's in its place. */
async function swapSucceeds(
  way: Way,
  keeper: Keeper,
  keys: KeysByLevel,
  expected: Kept,
  other: Kept,
  picture: Uint8Array,
) {
  // Nothing of the plain way's names the object: its reader has nothing to expect.
  if (way === 'plain') return opens(keeper, other, picture)
  const source = (bytes: Uint8Array) => ({
    size: bytes.length,
    async read({ first, last }: { first: number; last: number }) {
      return (async function* () {
        yield bytes.subarray(first, last + 1)
      })()
    },
  })
  const [a, b] = [expected, other].map(({ stored }) => source(stored[0] ?? new Uint8Array(0)))
  if (!a || !b) throw new Error('there are two')
  const expectation = { headDigest: hex((await readHead(primitives, a)).headDigest) }
  const { keyring } = keys[other.level ?? 1024]
  // By itself it opens, and so does the right one: what refuses it is what the reader expects.
  await openObject(primitives, keyring, b)
  await openObject(primitives, keys[expected.level ?? 1024].keyring, a, expectation)
  try {
    await openObject(primitives, keyring, b, expectation)
    return true
  } catch {
    return false
  }
}

/** @throws where the owner can't open: then nothing was shown */
export async function attacks(
  models: LoadedModels,
  picture: Uint8Array,
  second: Uint8Array,
): Promise<readonly Tried[]> {
  const keys = newKeys()
  const owner = keepers(keys, models)
  const service = keepers(mixed(withKeyServiceOf, keys), models)
  const kem = keepers(mixed(withKemOf, keys), models)
  const fileName = 'a-name-that-tells.jpg'
  const tried: Record<string, Partial<Record<Way, boolean>>> = {}
  const note = (attack: string, way: Way, succeeded: boolean) => {
    tried[attack] = { ...tried[attack], [way]: succeeded }
  }
  for (const way of WAYS) {
    const kept = await owner[way].seal(picture, fileName)
    const other = await owner[way].seal(second, fileName)
    if (!(await opens(owner[way], kept, picture))) throw new Error('the owner can not open it')
    const [object = new Uint8Array(0)] = kept.stored
    note('open it with the key service alone', way, await opens(service[way], kept, picture))
    note('open it with the ML-KEM key alone', way, await opens(kem[way], kept, picture))
    note(
      'change one bit of it unnoticed',
      way,
      await opens(owner[way], { ...kept, stored: [flipped(object)] }, picture),
    )
    note(SWAP, way, await swapSucceeds(way, owner[way], keys, kept, other, second))
  }
  return Object.entries(tried).map(([attack, { plain = true, hybrid = true, adaptive = true }]) => ({
    attack,
    succeeded: { plain, hybrid, adaptive },
    ...(FAILS_FOR[attack] && { failsFor: FAILS_FOR[attack] }),
  }))
}
