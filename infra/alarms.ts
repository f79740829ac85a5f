/**
 * When a person must look: work that nobody can do, plaintext that stays, what doesn't verify, readers refused in numbers, and
 * hands on the keys. All of it goes to one topic, to which whoever operates this subscribes.
 */
import { Duration, Stack } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { CfnRule } from 'aws-cdk-lib/aws-events'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import type { SafelightFunction } from './function.ts'
import type { Metrics } from './metrics.ts'
import type { Parts } from './parts.ts'
import type { Workflow } from './workflow.ts'

/** Seconds are usual; an hour means that something is stuck or that keys are missing. */
const OLDEST_PLAINTEXT = Duration.hours(1)
/** In five minutes. */
const REFUSALS = 100

export interface AlarmsProps
  extends Pick<Parts, 'flags' | 'keys' | 'secrets' | 'sealWork' | 'verifyWork' | 'seedPrefix'> {
  readonly metrics: Metrics
  readonly functions: Readonly<Record<string, SafelightFunction>>
  readonly workflows: Readonly<Record<string, Workflow>>
}

export class Alarms extends Construct {
  readonly topic: Topic
  readonly alarms: Alarm[] = []

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id)
    const { metrics, sealWork, verifyWork, flags } = props
    // Under no key of ours: who disables that would mute what rings for it. What is told names alarms, and nothing sealed.
    this.topic = new Topic(this, 'Topic', { displayName: `${flags.stack} alarms`, enforceSSL: true })
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com'), new ServicePrincipal('events.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    )
    const waiting = { period: Duration.minutes(5), statistic: 'Maximum' }
    this.above(
      'SealFailed',
      'uploads that were not sealed in five attempts, or in ten while a service did not answer',
      sealWork.dead.metricApproximateNumberOfMessagesVisible(waiting),
      0,
    )
    this.above(
      'VerifyFailed',
      'sealed objects that five attempts could not verify',
      verifyWork.dead.metricApproximateNumberOfMessagesVisible(waiting),
      0,
    )
    this.above(
      'PlaintextStays',
      'an upload has been lying in plaintext for too long, or the sweep that would say so is silent',
      metrics.oldestPlaintext,
      OLDEST_PLAINTEXT.toMilliseconds(),
      TreatMissingData.BREACHING,
    )
    this.above(
      'DoesNotVerify',
      'what was sealed does not open or differs from the upload',
      metrics.verificationFailures,
      0,
    )
    this.above('Refusals', 'many links refused: somebody tries them', metrics.refusals, REFUSALS)
    for (const [name, made] of Object.entries(props.functions)) {
      this.above(`${name}Errors`, `the function ${name} fails`, made.metricErrors({ period: Duration.minutes(5) }), 0)
    }
    for (const [name, workflow] of Object.entries(props.workflows)) {
      this.above(`${name}Failed`, `the workflow ${name} failed`, workflow.metric('Failed'), 0)
      this.above(`${name}TimedOut`, `the workflow ${name} ran out of time`, workflow.metric('TimedOut'), 0)
    }
    this.handsOnKeys(props)
  }

  private above(
    name: string,
    what: string,
    metric: IMetric,
    threshold: number,
    missing = TreatMissingData.NOT_BREACHING,
  ) {
    const alarm = new Alarm(this, name, {
      alarmDescription: `Safelight: ${what}. docs/OPERATIONS.md says what to do.`,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: missing,
    })
    alarm.addAlarmAction(new SnsAction(this.topic))
    this.alarms.push(alarm)
  }

  /** What makes everything sealed unreadable takes one call; CloudTrail tells of it while there is time to take it back. */
  private handsOnKeys({ flags, keys, secrets, seedPrefix }: AlarmsProps): void {
    const arns = [keys.data, keys.rest, keys.seed].map((key) => key.keyArn)
    const ids = [keys.data, keys.rest, keys.seed].map((key) => key.keyId)
    const calls = [
      {
        names: ['ScheduleKeyDeletion', 'DisableKey'],
        source: 'kms',
        // ML-KEM keys in KMS are made after the stack, and a template can't name them: then it rings for every key of the account.
        parameter: flags.kemOpens.includes('kms') ? undefined : { keyId: [...ids, ...arns] },
      },
      {
        names: ['DeleteSecret'],
        source: 'secretsmanager',
        parameter: {
          secretId: [
            // By name, by ARN, or by an ARN without the six characters that AWS ends it in.
            ...[secrets.link, secrets.index].flatMap(({ name, arn }) => [name, arn, { suffix: `:secret:${name}` }]),
            { prefix: `${seedPrefix}/` },
            { wildcard: `*:secret:${seedPrefix}/*` },
          ],
        },
      },
    ]
    for (const { names, source, parameter } of calls) {
      new CfnRule(this, `${source}Calls`, {
        description: `Somebody called ${names.join(' or ')} on what opens this vault`,
        eventPattern: {
          source: [`aws.${source}`],
          'detail-type': ['AWS API Call via CloudTrail'],
          detail: {
            eventSource: [`${source}.amazonaws.com`],
            eventName: names,
            ...(parameter && { requestParameters: parameter }),
          },
        },
        targets: [{ id: 'alarms', arn: this.topic.topicArn }],
      })
    }
  }
}
