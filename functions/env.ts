/**
 * What each function is told by its environment: infra sets these, entries read them, and both by this one file, so that
 * they can't drift. Names and addresses only: no secret is ever in an environment.
 */
import * as z from 'zod'

const name = z.string().min(1)
const arn = z.string().regex(/^arn:/)
const flag = z.enum(['true', 'false'])

/** Which deployment this is: 16 hex digits, in the KMS context of every data key. */
const STACK_ID = z.string().regex(/^[0-9a-f]{16}$/)
/** Where ML-KEM private keys are: a 64-byte seed a generation in Secrets Manager, or AWS KMS's own ML-KEM keys. */
const KEM_CUSTODY = z.enum(['seed', 'kms'])

const shared = {
  STACK_ID,
  /** EventBridge bus of steps and access events. */
  EVENT_BUS: name,
  /** Lets TLS to AWS fall back to classical key exchange. */
  ALLOW_CLASSICAL_TLS: flag,
}
/** What opening needs of keys, beside the register: secrets are `${SEED_PREFIX}/<generation>`. */
const opening = {
  ...{ KEY_TABLE: name, DATA_KEY_ARN: arn, KEM_CUSTODY, SEED_PREFIX: name },
  /** Where the same multi-region keys are, too: what was sealed there opens here. */
  OTHER_REGION: name.optional(),
}

export const ENV = {
  seal: z.object({
    ...{ ...shared, INTAKE_BUCKET: name, VAULT_BUCKET: name, KEY_TABLE: name, DATA_KEY_ARN: arn },
    ...{ SEAL_QUEUE_URL: z.url(), SEAL_DEAD_QUEUE_URL: z.url() },
  }),
  verify: z.object({
    ...{ ...shared, ...opening },
    ...{ INTAKE_BUCKET: name, VAULT_BUCKET: name, CATALOGUE_TABLE: name, INDEX_SECRET: name },
  }),
  open: z.object({
    ...{ ...shared, ...opening },
    ...{ VAULT_BUCKET: name, CATALOGUE_TABLE: name, LINK_SECRET: name },
    /** Answers whole instead of streaming: for emulators, which have no response streaming. */
    BUFFERED: flag,
  }),
  link: z.object({
    ...{ ...shared, CATALOGUE_TABLE: name, LINK_SECRET: name, LINK_ORIGIN: z.url() },
    /** Believes whoever invokes it about who asks: for emulators, whose URLs pass on no signature. */
    DIRECT_LINKS: flag,
  }),
  sweep: z.object({
    ...{ ...shared, INTAKE_BUCKET: name, VAULT_BUCKET: name, CATALOGUE_TABLE: name, INDEX_SECRET: name },
    ...{ SEAL_QUEUE_URL: z.url(), VERIFY_QUEUE_URL: z.url() },
  }),
  /** Makes, rotates and retires key generations. */
  keys: z.object({
    ...{ ...shared, ...opening },
    ...{ LINK_SECRET: name, INDEX_SECRET: name, SEED_KEY_ARN: arn },
    /** Where seeds are replicated to. */
    REPLICA_REGION: name.optional(),
    /** A stack that stands by for one elsewhere makes none: it adopts what arrives from there. */
    KEYS_ARE_MADE: z.enum(['here', 'elsewhere']),
  }),
  rewrap: z.object({ ...{ ...shared, ...opening }, VAULT_BUCKET: name, CATALOGUE_TABLE: name }),
  erase: z.object({
    ...{ ...shared, VAULT_BUCKET: name, CATALOGUE_TABLE: name },
    /** Whether the vault has an Object Lock, which this function alone may bypass. */
    VAULT_IS_LOCKED: flag,
  }),
  /** Tells an uploader what became of an upload. */
  find: z.object({ ...shared, CATALOGUE_TABLE: name, INDEX_SECRET: name }),
} as const

export type FunctionName = keyof typeof ENV
export type Env<F extends FunctionName> = z.infer<(typeof ENV)[F]>

/** @throws Error that names what is missing, never a value */
export function readEnv<F extends FunctionName>(name: F, env: NodeJS.ProcessEnv = process.env): Env<F> {
  const parsed = ENV[name].safeParse(env)
  if (parsed.success) return parsed.data as Env<F>
  const missing = parsed.error.issues.map(({ path }) => path.join('.'))
  throw new Error(`the environment of ${name} lacks, or has wrong: ${missing.join(', ')}; deploy the stack again`)
}
