/**
 * Three ways to keep a picture, each as somebody would build it who takes it seriously: a key service and AES-GCM; the same
 * with ML-KEM beside it, every picture alike; and the whole pipeline, which looks first. All without network.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { seal } from '../shared/flow/seal.ts'
import { sniff } from '../shared/image/sniff.ts'
import { concat, u32 } from '../shared/keys/encoding.ts'
import { nodePrimitives as primitives } from '../shared/platform/crypto.ts'
import type { Chunks, KemLevel, Objects, SafelightEvent } from '../shared/platform/ports.ts'
import { AuthenticationFailed } from '../shared/platform/ports.ts'
import { defaultPolicy } from '../shared/policy/policy.ts'
import { TIERS, type Tier, tierAt } from '../shared/policy/types.ts'
import type { LoadedModels } from '../shared/sensitivity/models.ts'
import { openObject } from '../shared/vault/open.ts'
import { sealObject } from '../shared/vault/seal.ts'
import { benchKeys, STACK } from './keys.ts'

export const WAYS = ['plain', 'hybrid', 'adaptive'] as const
export type Way = (typeof WAYS)[number]

/** What came of sealing one picture. */
export interface Kept {
  /** Everything that is stored: the object first, then its renditions. */
  readonly stored: readonly Uint8Array[]
  readonly tier?: Tier
  readonly level?: KemLevel
}

export interface Keeper {
  seal(picture: Uint8Array, fileName: string): Promise<Kept>
  /** The picture. @throws AuthenticationFailed */
  open(kept: Kept): Promise<Uint8Array>
}

export type Keys = ReturnType<typeof benchKeys>
export type KeysByLevel = Readonly<Record<KemLevel, Keys>>

/** Both levels under one key service, as in a deployment. */
export function newKeys(): KeysByLevel {
  const [small, large] = [benchKeys(768), benchKeys(1024)]
  const { keyService } = large.keyring
  const { dataKeys } = large.recipient
  return {
    768: { recipient: { ...small.recipient, dataKeys }, keyring: { ...small.keyring, keyService } },
    1024: large,
  }
}

/** What the second way gives every picture: it can't know better. */
export const FIXED_TIER: Tier = 'confidential'
const FIXED_LEVEL: KemLevel = 1024
/** As S3 binds its data keys: to the bucket, not to the object. */
const CONTEXT = { bucket: 'pictures' }
const NONCE = 12
const TAG = 16

async function* whole(bytes: Uint8Array): Chunks {
  yield bytes
}

async function collect(stream: Chunks): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(Uint8Array.from(part))
  return concat(...parts)
}

/** AES-256-GCM over the whole picture under a data key of the key service: `u32 len || blob || nonce || ciphertext || tag`. */
function plain({ recipient, keyring }: Keys): Keeper {
  return {
    async seal(picture) {
      const { plaintext, blob } = await recipient.dataKeys.generateDataKey(CONTEXT)
      const nonce = primitives.random(NONCE)
      const cipher = createCipheriv('aes-256-gcm', plaintext, nonce)
      const body = [cipher.update(picture), cipher.final()]
      return { stored: [concat(u32(blob.length), blob, nonce, ...body, cipher.getAuthTag())] }
    },
    async open({ stored: [object = new Uint8Array(0)] }) {
      const length = new DataView(object.buffer, object.byteOffset).getUint32(0)
      const blob = object.subarray(4, 4 + length)
      const [keyId = ''] = await keyring.keyService.allowed()
      const { plaintext } = await keyring.keyService.decrypt(keyId, blob, CONTEXT)
      const nonce = object.subarray(4 + length, 4 + length + NONCE)
      const decipher = createDecipheriv('aes-256-gcm', plaintext, nonce)
      decipher.setAuthTag(object.subarray(-TAG))
      const body = decipher.update(object.subarray(4 + length + NONCE, -TAG))
      try {
        decipher.final()
      } catch {
        throw new AuthenticationFailed()
      }
      return body
    },
  }
}

async function openSealed(keys: KeysByLevel, { stored: [object = new Uint8Array(0)], level = FIXED_LEVEL }: Kept) {
  const read = async ({ first, last }: { first: number; last: number }) => whole(object.subarray(first, last + 1))
  const opened = await openObject(primitives, keys[level].keyring, { size: object.length, read })
  return collect(opened.stream())
}

/** Our format, ML-KEM-1024 and key service for every picture, one tier, nothing looked at. */
function hybrid(keys: KeysByLevel): Keeper {
  return {
    async seal(picture, fileName) {
      const sealed = await sealObject(primitives, {
        ...{ stackId: STACK, recipients: [keys[FIXED_LEVEL].recipient], created: Math.floor(Date.now() / 1000) },
        ...{ tier: TIERS.indexOf(FIXED_TIER), plaintextLength: picture.length },
        metadata: { sha256: primitives.sha256(picture), mediaType: sniff(picture), fileName },
      })
      return { stored: [await collect(sealed.stream(whole(picture), 'lent'))], tier: FIXED_TIER, level: FIXED_LEVEL }
    },
    open: (kept) => openSealed(keys, kept),
  }
}

/** One upload in memory, and what is put beside it. */
function objectsInMemory(picture: Uint8Array, fileName: string) {
  const ref = { bucket: 'intake', key: 'upload', versionId: '1' } as const
  const put = new Map<string, Uint8Array>()
  const info = { ...ref, size: picture.length, modified: Date.now(), metadata: { filename: fileName } }
  const objects: Pick<Objects, 'head' | 'get' | 'put'> = {
    head: async () => info,
    get: async () => whole(picture),
    async put(bucket, key, body) {
      const bytes = await collect(body)
      put.set(key, bytes)
      return { bucket, key, versionId: '1', size: bytes.length, modified: Date.now(), metadata: {} }
    },
  }
  return { ref, objects, put }
}

/** The seal function of the product, over memory. */
function adaptive(keys: KeysByLevel, models: LoadedModels): Keeper {
  return {
    async seal(picture, fileName) {
      const { ref, objects, put } = objectsInMemory(picture, fileName)
      let tier: Tier = 'restricted'
      const emit = (event: SafelightEvent) => {
        if (event.type === 'step' && event.step === 'stored') tier = tierAt(event.tier ?? -1)
      }
      const ports = {
        ...{ primitives, models, policy: defaultPolicy, threat: () => 'normal' as const, objects, stackId: STACK },
        kem: { current: async (level: KemLevel) => keys[level].recipient.kem },
        dataKeys: keys[FIXED_LEVEL].recipient.dataKeys,
        events: { emit, flush: async () => {} },
        clock: { now: Date.now },
      }
      const outcome = await seal(ports, { ref, sequencer: '0A', deaths: 0 })
      if (outcome.outcome !== 'sealed') throw new Error('it was not sealed')
      const object = put.get(outcome.stored.key) ?? new Uint8Array(0)
      const renditions = [...put].filter(([key]) => key !== outcome.stored.key).map(([, bytes]) => bytes)
      return { stored: [object, ...renditions], tier, level: defaultPolicy.protections[tier].kem }
    },
    open: (kept) => openSealed(keys, kept),
  }
}

export function keepers(keys: KeysByLevel, models: LoadedModels): Readonly<Record<Way, Keeper>> {
  return { plain: plain(keys[FIXED_LEVEL]), hybrid: hybrid(keys), adaptive: adaptive(keys, models) }
}
