/**
 * The key register's table: what infra makes, and what its rows are. No row holds a secret.
 *
 *     id                           the rest
 *     generation#1, #2, ...        one generation: its ids, states, and the public keys that sealing pins
 *     current                      {generation}: the one that seals; it only ever moves to a higher one
 */
import * as z from 'zod'
import { PUBLIC_KEY_BYTES } from '../mlkem.ts'
import type { KemLevel } from '../ports.ts'

/** As DynamoDB's CreateTable and CDK say it. */
export const KEY_TABLE = {
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
} as const

export const CURRENT_KEY = { id: 'current' } as const
export const generationKey = (generation: number) => ({ id: `generation#${generation}` })

const arn = z.string().regex(/^arn:[\x21-\x7e]{1,200}$/)
const publicKey = (level: KemLevel) =>
  z.custom<Uint8Array>((bytes) => bytes instanceof Uint8Array && bytes.length === PUBLIC_KEY_BYTES[level])

export const GenerationRow = z.object({
  /** At most 64 bytes of ASCII. */
  keyId: z.string().regex(/^[\x21-\x7e]{1,64}$/),
  generation: z.int().min(1).max(9999),
  /** Milliseconds since 1970. */
  created: z.int(),
  /** A retired generation neither seals nor opens; its keys stay. */
  state: z.enum(['active', 'retired']),
  /** Where the private keys are: a seed in Secrets Manager, or KMS's own ML-KEM keys. */
  custody: z.enum(['seed', 'kms']),
  dataKeyArn: arn,
  publicKey768: publicKey(768),
  publicKey1024: publicKey(1024),
  /** Of KMS custody. */
  kemKeyArn768: arn.optional(),
  kemKeyArn1024: arn.optional(),
})
export type Generation = Readonly<z.infer<typeof GenerationRow>>

export const CurrentRow = z.object({ generation: z.int().min(1) })

/** The register's attribute of that level's public key. */
export const PUBLIC_KEY_OF = { 768: 'publicKey768', 1024: 'publicKey1024' } as const
export const KEM_KEY_ARN_OF = { 768: 'kemKeyArn768', 1024: 'kemKeyArn1024' } as const
