/**
 * What the host and the sealing process say to each other, as JSON. The sealing process decodes hostile images, so it gets
 * no key: it asks the host for public keys and fresh data keys, and can't ask for anything to be decrypted. What it says
 * is parsed like any input from outside.
 */
import * as z from 'zod'
import { STEPS } from '../../shared/platform/ports.ts'
import { EXCESSES, type LookLimits } from './look.ts'

/** What the sealing process is told first. */
export interface SealerSettings {
  readonly objects: string
  readonly models: string
  readonly stackId: string
  readonly policy: unknown
  /** Ours unless told. */
  readonly look?: LookLimits
}

const base64 = z.base64().transform((text) => Uint8Array.from(Buffer.from(text, 'base64')))
const levels = z.literal([768, 1024])
const key = z.string().max(512)
const code = z.string().max(64)
const time = z.iso.datetime()

const stepEvent = z.strictObject({
  type: z.literal('step'),
  time,
  upload: key,
  step: z.literal([...STEPS, 'failed']),
  objectId: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .exactOptional(),
  tier: z.int().min(0).max(3).exactOptional(),
  progress: z.number().min(0).max(1).exactOptional(),
  reason: code.exactOptional(),
})

const stored = z.object({
  bucket: z.literal('vault'),
  key,
  versionId: z.string().max(128),
  size: z.int().min(0),
  modified: z.number(),
  metadata: z.record(z.string(), z.string()),
})

const sealerResult = z.object({
  response: z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) }),
  /** Uploads that were sealed, and where. */
  sealed: z.array(z.object({ upload: key, stored })),
  /** Why a message failed, by message id. */
  reasons: z.record(z.string(), code),
})
/** Everything that one invocation came to, so that the host can act on all of it before it removes the message. */
export type SealerResult = z.infer<typeof sealerResult>

const call = z.int().min(0)
export const fromSealer = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), problems: z.array(z.string().max(1000)) }),
  z.object({ type: z.literal('current'), call, level: levels }),
  z.object({ type: z.literal('generateDataKey'), call, context: z.record(z.string().max(64), z.string().max(512)) }),
  z.object({ type: z.literal('event'), event: stepEvent }),
  /** Looking at a picture takes too much: end me. */
  z.object({ type: z.literal('excess'), what: z.enum(EXCESSES) }),
  /** `worn`: has grown so much that the next file should find another process. */
  z.object({ type: z.literal('result'), id: z.int(), result: sealerResult, worn: z.boolean() }),
])
export type FromSealer = z.input<typeof fromSealer>

/** The answers to the two calls; bytes travel as base64. */
export const kemPublicKey = z.object({ keyId: z.string(), generation: z.int(), level: levels, publicKey: base64 })
export const dataKey = z.object({ keyId: z.string(), plaintext: base64, blob: base64 })

export type ToSealer =
  | { readonly type: 'settings'; readonly settings: SealerSettings }
  | { readonly type: 'invoke'; readonly id: number; readonly event: unknown }
  | { readonly type: 'answer'; readonly call: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly call: number; readonly message: string }

/** Bytes as base64, everything else as it is. */
export function withBase64(value: object): Record<string, unknown> {
  const entries = Object.entries(value).map(([name, item]) => [
    name,
    item instanceof Uint8Array ? Buffer.from(item).toString('base64') : item,
  ])
  return Object.fromEntries(entries)
}
