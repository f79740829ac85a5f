/** The Secrets port from Secrets Manager, in its two halves: opening and linking hold the one, verifying the other. */
import { type Clock, type Secrets, Unavailable } from '../ports.ts'
import { cached, wallClock } from './cached.ts'
import { parseLinkKeys } from './linkKeys.ts'
import { openSecretStore } from './secretValue.ts'
import type { AwsSettings } from './settings.ts'

/** A secret that is there stays what it is; a kid that isn't there may be of a rotation just now. Both keep forged tokens off AWS. */
const KEPT_MS = { present: 5 * 60_000, missing: 2_000 } as const
const INDEX_KEY_BYTES = 32

export function openLinkKeys(
  secret: string,
  settings: AwsSettings = {},
  clock: Clock = wallClock,
): Pick<Secrets, 'linkKey'> {
  const keys = cached(linkKeysOf(secret, settings), KEPT_MS.present, clock)
  return {
    async linkKey(kid) {
      if (kid !== undefined && !(Number.isInteger(kid) && kid >= 0 && kid <= 255)) return undefined
      const known = pick(await keys.get(), kid)
      return known ?? pick(await keys.noOlderThan(KEPT_MS.missing), kid)
    },
  }
}

export function openIndexKey(
  secret: string,
  settings: AwsSettings = {},
  clock: Clock = wallClock,
): Pick<Secrets, 'indexKey'> {
  const store = openSecretStore(settings)
  const key = cached(
    async () => {
      const bytes = await store.read(secret)
      if (bytes === undefined) throw new Unavailable('there is no index key yet: run `safelight keys init`')
      if (bytes.length !== INDEX_KEY_BYTES) throw damagedSecret(secret)
      return new Uint8Array(bytes)
    },
    KEPT_MS.present,
    clock,
  )
  return { indexKey: async () => (await key.get()).slice() }
}

type LinkKeyMap = { readonly current: number; readonly byKid: ReadonlyMap<number, Uint8Array> } | undefined

function linkKeysOf(secret: string, settings: AwsSettings): () => Promise<LinkKeyMap> {
  const store = openSecretStore(settings)
  return async () => {
    const bytes = await store.read(secret)
    if (bytes === undefined) return undefined
    try {
      const { current, keys } = parseLinkKeys(bytes)
      return { current, byKid: new Map(keys.map(({ kid, key }) => [kid, new Uint8Array(Buffer.from(key, 'base64'))])) }
    } catch {
      throw damagedSecret(secret)
    }
  }
}

function pick(keys: LinkKeyMap, kid = keys?.current): Awaited<ReturnType<Secrets['linkKey']>> {
  const key = kid === undefined ? undefined : keys?.byKid.get(kid)
  return key === undefined || kid === undefined ? undefined : { kid, key: key.slice() }
}

export function damagedSecret(name: string): Unavailable {
  return new Unavailable(
    `the secret ${name} is damaged: bring its version AWSPREVIOUS back, or restore it from its replica`,
    { advice: 'a secret is damaged: bring its version AWSPREVIOUS back, or restore it from its replica' },
  )
}
