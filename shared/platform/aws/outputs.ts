/** What a deployed stack tells of itself, by names that don't change: infra publishes them, the command line reads them. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import * as z from 'zod'
import { Unavailable } from '../ports.ts'
import { codeOf, onAws } from './errors.ts'
import { type AwsSettings, clientConfig } from './settings.ts'

const name = z.string().min(1)

export const outputs = z.object({
  StackId: z.string().regex(/^[0-9a-f]{16}$/),
  /** The flags that it was deployed with, as JSON. */
  Flags: name,
  IntakeBucketName: name,
  VaultBucketName: name,
  CatalogueTableName: name,
  KeyTableName: name,
  EventBusName: name,
  SealQueueUrl: z.url(),
  /** Where messages wait that five attempts couldn't finish. */
  SealDeadQueueUrl: z.url(),
  VerifyQueueUrl: z.url(),
  VerifyDeadQueueUrl: z.url(),
  /** Of the function, even where links are served by CloudFront. */
  OpenUrl: z.url(),
  /** Callable with IAM authentication alone. */
  LinkUrl: z.url(),
  /** Links begin with it. */
  LinkOrigin: z.url(),
  SealFunctionName: name,
  VerifyFunctionName: name,
  OpenFunctionName: name,
  LinkFunctionName: name,
  SweepFunctionName: name,
  KeysFunctionName: name,
  RewrapFunctionName: name,
  EraseFunctionName: name,
  FindFunctionName: name,
  LinkSecretName: name,
  IndexSecretName: name,
  /** Seeds are the secrets `<prefix>/<generation>`. */
  SeedPrefix: name,
  DataKeyArn: name,
  SeedKeyArn: name,
  /** What encrypts the vault, so that another one may be copied into it. */
  RestKeyArn: name,
  AlarmTopicArn: name,
  /** Of inventories for a backfill, and its results. */
  BackfillBucketName: name,
  BackfillWorkflowArn: name,
  RewrapWorkflowArn: name,
})
export type Outputs = Readonly<z.infer<typeof outputs>>

/** Its outputs, as far as it has them: one that was deployed before an output was thought of lacks that one. */
export interface Described {
  readonly outputs: Partial<Outputs>
  /** Names of the outputs that this version knows and the stack lacks; empty for one of this version. */
  readonly lacking: readonly (keyof Outputs)[]
}

/** What every stack of ours has had from the first on: by these it is told from somebody else's. */
const OURS = ['StackId', 'IntakeBucketName', 'VaultBucketName', 'CatalogueTableName'] as const

/** @throws Unavailable when there is no such stack, when it isn't deployed whole, or isn't one of ours */
export async function describeStack(stackName: string, settings: AwsSettings = {}): Promise<Described> {
  const client = new CloudFormationClient(clientConfig(settings))
  const { Stacks } = await onAws('describing the stack', async () => {
    try {
      return await client.send(new DescribeStacksCommand({ StackName: stackName }))
    } catch (error) {
      // So CloudFormation says that there is none.
      if (codeOf(error) !== 'ValidationError') throw error
      throw new Unavailable(`there is no stack ${stackName} in ${await client.config.region()}, or not in this account`)
    }
  })
  const { Outputs: told = [], StackStatus: status = 'unknown' } = Stacks?.[0] ?? {}
  const described = describedBy(Object.fromEntries(told.map((one) => [one.OutputKey, one.OutputValue])))
  if (described) return described
  throw new Unavailable(`the stack ${stackName} (${status}) is none of Safelight's, or not deployed whole: deploy it`)
}

/** @returns undefined when these are not the outputs of a stack of ours */
export function describedBy(told: Readonly<Record<string, unknown>>): Described | undefined {
  const parsed = outputs.partial().safeParse(told)
  if (!parsed.success || OURS.some((one) => parsed.data[one] === undefined)) return undefined
  return { outputs: parsed.data, lacking: outputs.keyof().options.filter((one) => parsed.data[one] === undefined) }
}
