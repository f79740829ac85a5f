/** A queue of work with its dead-letter queue, and how a function takes one message at a time from it. */
import { Duration } from 'aws-cdk-lib'
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import { CfnQueuePolicy, Queue, QueueEncryption, type QueuePolicy } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { SafelightFunction } from './function.ts'
import { allow } from './grants.ts'

/** AWS's advice: a message must not come back while the function that has it may still be retried by the poller. */
const VISIBILITY_PER_TIMEOUT = 6
/** What fails five times waits for a person, or for SWEEP. (Of seals that met a service which doesn't answer: functions/outages.ts.) */
const MAX_RECEIVES = 5

export class WorkQueue extends Construct {
  readonly queue: Queue
  readonly dead: Queue

  constructor(scope: Construct, id: string, props: { readonly key: IKey; readonly timeoutSeconds: number }) {
    super(scope, id)
    const common = {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: props.key,
      dataKeyReuse: Duration.hours(1),
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    }
    this.dead = new Queue(this, 'Dead', common)
    this.queue = new Queue(this, 'Queue', {
      ...common,
      visibilityTimeout: Duration.seconds(props.timeoutSeconds * VISIBILITY_PER_TIMEOUT),
      deadLetterQueue: { queue: this.dead, maxReceiveCount: MAX_RECEIVES },
    })
  }

  /** @returns the policy, for whatever must be made after it */
  admit(statement: PolicyStatement): CfnQueuePolicy {
    this.queue.addToResourcePolicy(statement)
    const policy = this.queue.node.tryFindChild('Policy') as QueuePolicy | undefined
    const resource = policy?.node.defaultChild
    if (!(resource instanceof CfnQueuePolicy)) throw new Error('the queue has no policy')
    return resource
  }

  feed(to: SafelightFunction, concurrency: number): void {
    const { queueArn } = this.queue
    allow(
      to,
      'TakeWork',
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'],
      [queueArn],
    )
    new EventSourceMapping(this, 'Feed', {
      target: to,
      eventSourceArn: queueArn,
      batchSize: 1,
      maxConcurrency: concurrency,
      reportBatchItemFailures: true,
    }).node.addDependency(to.executionRole)
  }
}
