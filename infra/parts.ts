/** What functions are wired to: made once by the stack, handed to each feature. */
import type { IEventBus } from 'aws-cdk-lib/aws-events'
import type { Env, FunctionName } from '../functions/env.ts'
import type { Flags } from './flags.ts'
import { type CodeOf, SafelightFunction } from './function.ts'
import { allow } from './grants.ts'
import type { Intake } from './intake.ts'
import type { Keys } from './keys.ts'
import type { WorkQueue } from './queue.ts'
import type { Secrets } from './secrets.ts'
import type { Tables } from './tables.ts'
import type { Vault } from './vault.ts'

export interface Parts {
  readonly flags: Flags
  readonly code: CodeOf
  readonly keys: Keys
  readonly tables: Tables
  readonly secrets: Secrets
  readonly intake: Intake
  readonly vault: Vault
  readonly sealWork: WorkQueue
  readonly verifyWork: WorkQueue
  readonly bus: IEventBus
  /** Seeds are `<prefix>/<generation>` in Secrets Manager. */
  readonly seedPrefix: string
}

/** Environment that all functions share. */
export function sharedEnv({ flags, bus }: Parts) {
  return {
    STACK_ID: flags.stackId,
    EVENT_BUS: bus.eventBusName,
    ALLOW_CLASSICAL_TLS: flags.allowClassicalTls ? 'true' : 'false',
  } as const
}

/** Environment of those that open. */
export function openingEnv({ flags, tables, keys, seedPrefix }: Parts) {
  const elsewhere = flags.primary?.region ?? flags.multiRegion
  return {
    KEY_TABLE: tables.register.tableName,
    DATA_KEY_ARN: keys.data.keyArn,
    KEM_CUSTODY: flags.kemCustody,
    SEED_PREFIX: seedPrefix,
    ...(elsewhere !== undefined && { OTHER_REGION: elsewhere }),
  } as const
}

export interface Making<F extends FunctionName> {
  readonly name: F
  readonly description: string
  readonly memoryMiB: number
  readonly timeoutSeconds: number
  readonly env: Env<F>
  readonly reservedConcurrency?: number
}

/** A function that tells the bus what it does. */
export function makeFunction<F extends FunctionName>(
  scope: ConstructorParameters<typeof SafelightFunction>[0],
  parts: Parts,
  making: Making<F>,
): SafelightFunction {
  const made = new SafelightFunction(scope, 'Function', { ...making, flags: parts.flags, code: parts.code })
  allow(made, 'TellTheBus', ['events:PutEvents'], [parts.bus.eventBusArn])
  return made
}
