/** The deployment, one stack: wiring only. What each part is and may do is in its own file. */
import { Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { Alarms } from './alarms.ts'
import { Backfill } from './backfill.ts'
import { Board } from './dashboard.ts'
import type { Flags } from './flags.ts'
import type { CodeOf } from './function.ts'
import { Intake } from './intake.ts'
import { Keeping } from './keeping.ts'
import { Keys } from './keys.ts'
import { Linking } from './linking.ts'
import { Metrics } from './metrics.ts'
import { Opening } from './opening.ts'
import { publish } from './outputs.ts'
import type { Parts } from './parts.ts'
import { WorkQueue } from './queue.ts'
import { Replication } from './replication.ts'
import { SEAL_TIMEOUT_SECONDS, Sealing } from './sealing.ts'
import { Secrets } from './secrets.ts'
import { Sweeping } from './sweeping.ts'
import { Tables } from './tables.ts'
import { Vault } from './vault.ts'
import { VERIFY_TIMEOUT_SECONDS, Verifying } from './verifying.ts'
import { Watching } from './watching.ts'

export interface SafelightProps extends StackProps {
  readonly flags: Flags
  readonly code: CodeOf
}

export class SafelightStack extends Stack {
  constructor(scope: Construct, { flags, code, ...props }: SafelightProps) {
    super(scope, flags.stack, {
      stackName: flags.stack,
      description: 'Safelight: seals every image the moment it lands, under ML-KEM and KMS together',
      terminationProtection: !flags.ephemeral,
      ...props,
    })
    const keys = new Keys(this, 'Keys', flags)
    const key = keys.rest
    const sealWork = new WorkQueue(this, 'SealWork', { key, timeoutSeconds: SEAL_TIMEOUT_SECONDS })
    const verifyWork = new WorkQueue(this, 'VerifyWork', { key, timeoutSeconds: VERIFY_TIMEOUT_SECONDS })
    const parts: Parts = {
      ...{ flags, code, keys, sealWork, verifyWork },
      tables: new Tables(this, 'Tables', { flags, key }),
      secrets: new Secrets(this, 'Secrets', { flags, key }),
      intake: new Intake(this, 'Intake', { flags, key, work: sealWork }),
      vault: new Vault(this, 'Vault', { flags, key, work: verifyWork }),
      bus: new Watching(this, 'Watching', { flags }).bus,
      seedPrefix: `${flags.stack}/seeds`,
    }
    const { bucket } = parts.vault
    if (flags.replica) new Replication(this, 'Replication', { flags, key, bucket, to: flags.replica })
    const sealing = new Sealing(this, 'Sealing', parts)
    const verifying = new Verifying(this, 'Verifying', parts)
    const opening = new Opening(this, 'Opening', parts)
    const linking = new Linking(this, 'Linking', { ...parts, linkOrigin: opening.origin })
    const sweeping = new Sweeping(this, 'Sweeping', parts)
    const keeping = new Keeping(this, 'Keeping', parts)
    const backfill = new Backfill(this, 'Backfill', { ...parts, rewrapFunction: keeping.rewrap })

    const functions = {
      ...{ Seal: sealing.function, Verify: verifying.function, Open: opening.function, Link: linking.function },
      ...{
        Sweep: sweeping.function,
        Keys: keeping.keys,
        Rewrap: keeping.rewrap,
        Erase: keeping.erase,
        Find: keeping.find,
      },
    }
    const workflows = { Backfill: backfill.intake, Rewrap: backfill.rewrap }
    const told = { verify: verifying.function, open: opening.function, sweep: sweeping.function }
    const metrics = new Metrics(this, 'Metrics', { flags, told })
    const alarms = new Alarms(this, 'Alarms', { ...parts, metrics, functions, workflows })
    new Board(this, 'Board', { ...parts, metrics, alarms, functions, workflows })

    publish(this, {
      StackId: flags.stackId,
      Flags: JSON.stringify(flags.given),
      IntakeBucketName: parts.intake.bucket.bucketName,
      VaultBucketName: parts.vault.bucket.bucketName,
      CatalogueTableName: parts.tables.catalogue.tableName,
      KeyTableName: parts.tables.register.tableName,
      EventBusName: parts.bus.eventBusName,
      SealQueueUrl: sealWork.queue.queueUrl,
      SealDeadQueueUrl: sealWork.dead.queueUrl,
      VerifyQueueUrl: verifyWork.queue.queueUrl,
      VerifyDeadQueueUrl: verifyWork.dead.queueUrl,
      OpenUrl: opening.url.url,
      LinkUrl: linking.url.url,
      LinkOrigin: opening.origin,
      SealFunctionName: functions.Seal.functionName,
      VerifyFunctionName: functions.Verify.functionName,
      OpenFunctionName: functions.Open.functionName,
      LinkFunctionName: functions.Link.functionName,
      SweepFunctionName: functions.Sweep.functionName,
      KeysFunctionName: functions.Keys.functionName,
      RewrapFunctionName: functions.Rewrap.functionName,
      EraseFunctionName: functions.Erase.functionName,
      FindFunctionName: functions.Find.functionName,
      LinkSecretName: parts.secrets.link.name,
      IndexSecretName: parts.secrets.index.name,
      SeedPrefix: parts.seedPrefix,
      DataKeyArn: keys.data.keyArn,
      SeedKeyArn: keys.seed.keyArn,
      RestKeyArn: keys.rest.keyArn,
      AlarmTopicArn: alarms.topic.topicArn,
      BackfillBucketName: backfill.bucket.bucketName,
      BackfillWorkflowArn: backfill.intake.arn,
      RewrapWorkflowArn: backfill.rewrap.arn,
    })
  }
}
