/** Numbers read out of the functions' own log lines, so that no function needs a permission to publish them. */
import { Duration } from 'aws-cdk-lib'
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { FilterPattern, type IFilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { Flags } from './flags.ts'
import type { SafelightFunction } from './function.ts'
import { SWEEP_EVERY } from './sweeping.ts'

export interface Told {
  readonly verify: SafelightFunction
  readonly open: SafelightFunction
  readonly sweep: SafelightFunction
}

export class Metrics extends Construct {
  /** Milliseconds; silence means that nobody looks. */
  readonly oldestPlaintext: Metric
  /** What was sealed doesn't open, or isn't what was uploaded. */
  readonly verificationFailures: Metric
  /** Answers by OPEN that gave no bytes: forged, expired, used up, revoked. */
  readonly refusals: Metric

  constructor(scope: Construct, id: string, { flags, told }: { readonly flags: Flags; readonly told: Told }) {
    super(scope, id)
    const namespace = `Safelight/${flags.stack}`
    const read = (name: string, from: SafelightFunction, filterPattern: IFilterPattern, metricValue: string) => {
      new MetricFilter(this, name, {
        logGroup: from.logGroup,
        metricNamespace: namespace,
        metricName: name,
        filterPattern,
        metricValue,
      })
      return { namespace, metricName: name }
    }
    this.oldestPlaintext = new Metric({
      ...read('OldestPlaintextMs', told.sweep, FilterPattern.exists('$.oldestPlaintextMs'), '$.oldestPlaintextMs'),
      statistic: Stats.MAXIMUM,
      period: SWEEP_EVERY.plus(Duration.minutes(5)),
    })
    const count = { statistic: Stats.SUM, period: Duration.minutes(5) }
    const event = (value: string) => FilterPattern.stringValue('$.event', '=', value)
    this.verificationFailures = new Metric({
      ...read('VerificationFailures', told.verify, event('verification-failed'), '1'),
      ...count,
    })
    this.refusals = new Metric({ ...read('Refusals', told.open, event('refused'), '1'), ...count })
  }
}
