/** What whoever deploys may choose, parsed from CDK's context (`-c name=value`) once, so that constructs get facts. */
import { createHash } from 'node:crypto'
import * as z from 'zod'

/** The command line gives text, cdk.json gives JSON. */
const flag = z
  .union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
  .optional()
  .default(false)
const whole = z.coerce.number().int().positive()
const multiRegionKey = z.string().regex(/^mrk-[0-9a-f]+$/, 'the id of a multi-region key, mrk-…')
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
  /** Where the private keys of new generations are. */
  kemCustody: z.enum(['seed', 'kms']).default('seed'),
  /** Of which custodies generations open; with KMS custody both unless said, because a stack may have begun with seeds. */
  kemOpens: z.enum(['seed', 'kms', 'both']).optional(),
  /** An existing bucket to adopt. It must tell EventBridge of new objects: `safelight intake adopt`. */
  intake: z.string().min(3).max(63).optional(),
  /** A policy file in place of the default one; it becomes part of the packages. */
  policy: z.string().min(1).optional(),
  /** Puts CloudFront and WAF in front of links: `true` (us-east-1, where such a WAF lives), or the ARN of a web ACL there. */
  edge: z.union([flag, z.string().regex(/^arn:[^:]+:wafv2:us-east-1:/, 'the ARN of a web ACL in us-east-1')]),
  /** Where replicas of the secrets go; the keys become multi-region keys. */
  multiRegion: region.optional(),
  /** This stack stands by in another region for the one of its name there, under replicas of that one's keys and secrets. */
  primary: region.optional(),
  dataKey: multiRegionKey.optional(),
  seedKey: multiRegionKey.optional(),
  /** The region of `primary` is given up: key generations are made here from now on. */
  promoted: flag,
  /** The vault of the stack that stands by, and the key that it encrypts with: S3 replicates there. */
  replicaVault: z.string().min(3).max(63).optional(),
  replicaKey: z
    .string()
    .regex(/^arn:[^:]+:kms:[^:]+:[^:]+:key\//, 'the ARN of a KMS key')
    .optional(),
  /** Answers links whole instead of streaming them: for emulators. */
  buffered: flag,
  /** Believes whoever invokes the link function directly about who asks: for emulators. */
  directLinks: flag,
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

type Given = z.infer<typeof schema>
/** What is given apart and belongs together. */
type Paired = 'primary' | 'dataKey' | 'seedKey' | 'replicaVault' | 'replicaKey'

export interface Flags extends Omit<Given, 'stackId' | 'kemOpens' | Paired> {
  readonly stackId: string
  /** What was given, as text: what a deployment is told from the next one by. The name of the stack is not among it. */
  readonly given: Readonly<Record<string, string>>
  readonly kemOpens: readonly ('seed' | 'kms')[]
  /** The stack that this one stands by for, and its multi-region keys. */
  readonly primary?: { readonly region: string; readonly dataKey: string; readonly seedKey: string }
  /** Where S3 copies the vault to. */
  readonly replica?: { readonly vault: string; readonly key: string }
}
export const FLAG_NAMES = Object.keys(schema.shape)

/** A stack of the same name elsewhere is the same deployment, and opens what a backup brings there. */
export function stackIdOf(stackName: string): string {
  return createHash('sha256').update(stackName).digest('hex').slice(0, 16)
}

/** @throws Error that names each wrong flag */
export function readFlags(context: (name: string) => unknown): Flags {
  const contexts = FLAG_NAMES.map((name) => [name, context(name)] as const)
  const parsed = schema.safeParse(Object.fromEntries(contexts))
  if (!parsed.success) throw new Error(`wrong flags (-c name=value):\n${z.prettifyError(parsed.error)}`)
  const { primary: _, dataKey: _data, seedKey: _seed, replicaVault, replicaKey, ...given } = parsed.data
  const primary = primaryOf(parsed.data)
  if ((replicaVault === undefined) !== (replicaKey === undefined)) {
    throw new Error('replicaVault=BUCKET and replicaKey=ARN go together')
  }
  return {
    ...given,
    given: Object.fromEntries(
      contexts.flatMap(([name, value]) => (name === 'stack' || value === undefined ? [] : [[name, String(value)]])),
    ),
    stackId: given.stackId ?? stackIdOf(given.stack),
    kemOpens: opened(parsed.data),
    ...(primary && { primary }),
    ...(replicaVault !== undefined &&
      replicaKey !== undefined && { replica: { vault: replicaVault, key: replicaKey } }),
  }
}

function opened({ kemCustody, kemOpens = kemCustody === 'kms' ? 'both' : 'seed' }: Given): readonly ('seed' | 'kms')[] {
  if (kemOpens === 'both') return ['seed', 'kms']
  if (kemOpens !== kemCustody)
    throw new Error(`kemOpens=${kemOpens} would not open what kemCustody=${kemCustody} makes`)
  return [kemOpens]
}

function primaryOf(given: Given): Flags['primary'] {
  const { primary, dataKey, seedKey, multiRegion, promoted, kemCustody } = given
  if (primary === undefined && dataKey === undefined && seedKey === undefined) {
    if (promoted) throw new Error('promoted=true is of a stack that stands by: primary=REGION')
    return undefined
  }
  if (primary === undefined || dataKey === undefined || seedKey === undefined) {
    throw new Error('primary=REGION, dataKey=mrk-… and seedKey=mrk-… go together')
  }
  if (multiRegion !== undefined)
    throw new Error('a stack that stands by (primary=REGION) has no multiRegion of its own')
  if (kemCustody !== 'seed') throw new Error("a stack can't stand by with kemCustody=kms: seeds are what replicates")
  return { region: primary, dataKey, seedKey }
}
