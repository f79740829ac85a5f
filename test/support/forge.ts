/**
 * A sealer that breaks one rule at a time, with everything that depends on it recomputed: what an attacker who can seal
 * (and so knows the DEK) could store. Built on the product's own pieces, so that only the broken rule differs.
 */
import { KNOWN_GOOD } from '../../shared/chaos/checks.ts'
import { mapById } from '../../shared/chaos/maps.ts'
import type { Chaos } from '../../shared/chaos/permutation.ts'
import type { Binding } from '../../shared/keys/context.ts'
import { concat, label, u32 } from '../../shared/keys/encoding.ts'
import { encodeEnvelope, envelopeMac } from '../../shared/keys/envelope.ts'
import { expand } from '../../shared/keys/expand.ts'
import { type HybridRecord, type Recipient, wrap } from '../../shared/keys/wrap.ts'
import { nodePrimitives as primitives } from '../../shared/platform/crypto.ts'
import { type BodyKeys, bodyKeys, sealChunk } from '../../shared/vault/body.ts'
import { encodeFacts, type Facts, suiteOf } from '../../shared/vault/facts.ts'
import { CHUNK, factsPart, headerPart, MAGIC } from '../../shared/vault/layout.ts'
import { encodeMetadata, type Metadata } from '../../shared/vault/metadata.ts'

export interface Forgery {
  readonly recipients: readonly Recipient[]
  readonly plaintext: Uint8Array
  readonly stackId: string
  readonly facts?: Partial<Facts>
  readonly metadata?: Partial<Metadata>
  readonly generation?: number
  /** What the object begins with, in place of `SLV1`. */
  readonly magic?: Uint8Array
  /** The DEK that the envelope's MAC is made under, where it isn't the object's. */
  readonly macDek?: Uint8Array
  /** Each takes what an honest sealer made and gives what this one stores. */
  readonly factsBytes?: (bytes: Uint8Array, facts: Facts) => Uint8Array
  readonly meta?: (meta: Uint8Array) => Uint8Array
  readonly sealed?: (sealed: Uint8Array) => Uint8Array
  readonly records?: (
    records: readonly HybridRecord[],
    binding: Binding,
  ) => readonly HybridRecord[] | Promise<readonly HybridRecord[]>
  /** What the MAC covers; the MAC is made over the answer. */
  readonly covered?: (covered: Uint8Array, records: readonly HybridRecord[]) => Uint8Array
  readonly envelope?: (envelope: Uint8Array) => Uint8Array
  /** SHA-512 of the metadata that the body's keys depend on. */
  readonly bodyMetaHash?: (metaHash: Uint8Array) => Uint8Array
  readonly commitment?: (commitment: Uint8Array) => Uint8Array
  /** The body's chunks. */
  readonly chunks?: (plaintext: Uint8Array, keys: BodyKeys) => readonly Uint8Array[]
}

export interface Forged {
  readonly object: Uint8Array
  readonly dek: Uint8Array
  readonly metaHash: Uint8Array
  readonly headHash: Uint8Array
  readonly headDigest: Uint8Array
  readonly binding: Binding
}

export function honestChunks(plaintext: Uint8Array, keys: BodyKeys): readonly Uint8Array[] {
  const count = Math.floor(plaintext.length / CHUNK) + 1
  return Array.from({ length: count }, (_, k) => sealChunk(keys, plaintext.subarray(k * CHUNK, (k + 1) * CHUNK), k))
}

export async function forge(forgery: Forgery): Promise<Forged> {
  const dek = primitives.random(32)
  const level = forgery.recipients[0]?.kem.level ?? 768
  const facts: Facts = {
    suite: suiteOf(level),
    objectId: primitives.random(16),
    created: 1_790_000_000,
    tier: 2,
    plaintextLength: forgery.plaintext.length,
    permuted: true,
    ...forgery.facts,
  }
  const honestFacts = encodeFacts(facts)
  const factsBytes = forgery.factsBytes?.(honestFacts, facts) ?? honestFacts
  const chaos: Chaos | undefined = facts.permuted ? KNOWN_GOOD : undefined
  const honestMeta = encodeMetadata({
    random: primitives.random(32),
    sha256: primitives.sha256(forgery.plaintext),
    mediaType: 'application/octet-stream',
    ...(chaos && { chaos }),
    ...forgery.metadata,
  })
  const meta = forgery.meta?.(honestMeta) ?? honestMeta
  const metadataKey = expand(primitives, dek, label('safelight/v1/meta'), 32)
  const honestSealed = primitives.aes256GcmSiv(metadataKey).seal(new Uint8Array(12), meta, factsPart(factsBytes))
  const sealed = forgery.sealed?.(honestSealed) ?? honestSealed
  const h0 = concat(forgery.magic ?? MAGIC, headerPart(factsBytes, sealed).subarray(MAGIC.length))
  const headHash = primitives.sha512(h0)
  const binding = { stackId: forgery.stackId, objectId: facts.objectId, suite: facts.suite, facts: factsBytes }
  const honestRecords: HybridRecord[] = []
  for (const recipient of forgery.recipients) honestRecords.push(await wrap(primitives, recipient, binding, dek))
  const records = (await forgery.records?.(honestRecords, binding)) ?? honestRecords
  const macDek = forgery.macDek ?? dek
  const honestEnvelope = encodeEnvelope(primitives, macDek, headHash, forgery.generation ?? 0, records)
  const covered = forgery.covered?.(honestEnvelope.slice(0, -64), records)
  const remade = covered ? concat(covered, envelopeMac(primitives, macDek, headHash, covered)) : honestEnvelope
  const envelope = forgery.envelope?.(remade) ?? remade
  const metaHash = primitives.sha512(meta)
  const salt = primitives.random(24)
  const usedChaos = forgery.metadata?.chaos ?? chaos
  // As map 1 where there is no such map, so that only its number is wrong.
  const bodyMetaHash = forgery.bodyMetaHash?.(metaHash) ?? metaHash
  const keys = bodyKeys(
    primitives,
    dek,
    bodyMetaHash,
    headHash,
    salt,
    usedChaos && { ...usedChaos, map: mapById(usedChaos.map) ? usedChaos.map : 1 },
  )
  const commitment = forgery.commitment?.(keys.commitment) ?? keys.commitment
  const chunks = (forgery.chunks ?? honestChunks)(forgery.plaintext, keys)
  return {
    object: concat(h0, u32(envelope.length), envelope, salt, commitment, ...chunks),
    dek,
    metaHash,
    headHash,
    headDigest: primitives.sha256(h0, salt, commitment),
    binding,
  }
}
