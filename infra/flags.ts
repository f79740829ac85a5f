/** What whoever deploys may choose, parsed from CDK's context (`-c name=value`) once, so that constructs get facts. */
import { createHash } from 'node:crypto'
import * as z from 'zod'

/** The command line gives text, cdk.json gives JSON. */
const either = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).optional()
const flag = either.default(false)
const whole = z.coerce.number().int().positive()
const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region looks like eu-central-1')

const schema = z.object({
  /** The stack's name; one stack a tenant. */
  stack: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'a stack name has letters, digits and dashes')
    .default('Safelight'),
  /** Only to restore what a stack of another name sealed. */
  stackId: z
    .string()
    .regex(/^[0-9a-f]{16}$/, 'a stack id has 16 hex digits')
    .optional(),
  /** Nothing is retained or protected: for tests, whose data nobody misses. */
  ephemeral: flag,
  kemCustody: z.enum(['seed', 'kms']).default('seed'),
  /** An existing bucket to adopt. It must tell EventBridge of new objects: `safelight intake adopt`. */
  intake: z.string().min(3).max(63).optional(),
  /** A policy file in place of the default one; it becomes part of the packages. */
  policy: z.string().min(1).optional(),
  /** Puts CloudFront and WAF in front of links: `true` (us-east-1, where such a WAF lives), or the ARN of a web ACL there. */
  edge: z.union([flag, z.string().regex(/^arn:[^:]+:wafv2:us-east-1:/, 'the ARN of a web ACL in us-east-1')]),
  /** Where replicas of the secrets go; the keys become multi-region keys. */
  multiRegion: region.optional(),
  /** Answers links whole instead of streaming them: for emulators. */
  buffered: flag,
  /** Believes whoever invokes the link function directly about who asks; as `buffered` unless said, for emulators. */
  directLinks: either,
  /** Backfills object by object, from a listing only: for LocalStack, whose Step Functions deploys nothing else. */
  plainMaps: flag,
  /** Days for which not even an administrator deletes a sealed object without saying so (governance mode). */
  objectLock: whole.optional(),
  allowClassicalTls: flag,
  architecture: z.enum(['x64', 'arm64']).default('x64'),
  /** Seals that run at once; S3 and KMS are the limits beyond it. */
  concurrency: whole.min(2).max(1000).default(20),
  /** Reads by link that run at once, set aside for them; 0 sets nothing aside, for accounts whose quota is small. */
  reservedReads: z.coerce.number().int().min(0).max(1000).default(50),
})

export type Flags = Omit<z.infer<typeof schema>, 'stackId' | 'directLinks'> & {
  readonly stackId: string
  readonly directLinks: boolean
}
export const FLAG_NAMES = Object.keys(schema.shape)

/** A stack of the same name elsewhere is the same deployment, and opens what a backup brings there. */
export function stackIdOf(stackName: string): string {
  return createHash('sha256').update(stackName).digest('hex').slice(0, 16)
}

/** @throws Error that names each wrong flag */
export function readFlags(context: (name: string) => unknown): Flags {
  const parsed = schema.safeParse(Object.fromEntries(FLAG_NAMES.map((name) => [name, context(name)])))
  if (!parsed.success) throw new Error(`wrong flags (-c name=value):\n${z.prettifyError(parsed.error)}`)
  const { stack, stackId = stackIdOf(stack), buffered, directLinks = buffered } = parsed.data
  return { ...parsed.data, stackId, directLinks }
}
