/** One page for whoever operates this: is work moving, is plaintext gone, does it verify, who is refused. */
import { Duration } from 'aws-cdk-lib'
import { AlarmStatusWidget, Dashboard, GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import type { Alarms } from './alarms.ts'
import type { SafelightFunction } from './function.ts'
import type { Metrics } from './metrics.ts'
import type { Parts } from './parts.ts'
import type { Workflow } from './workflow.ts'

export interface BoardProps extends Pick<Parts, 'flags' | 'sealWork' | 'verifyWork'> {
  readonly metrics: Metrics
  readonly alarms: Alarms
  readonly functions: Readonly<Record<string, SafelightFunction>>
  readonly workflows: Readonly<Record<string, Workflow>>
}

export class Board extends Construct {
  constructor(scope: Construct, id: string, props: BoardProps) {
    super(scope, id)
    const { flags, sealWork, verifyWork, metrics, alarms, functions, workflows } = props
    const graph = (title: string, left: IMetric[]) => new GraphWidget({ title, left, width: 12, height: 6 })
    const each = (metric: (made: SafelightFunction, label: string) => IMetric) =>
      Object.entries(functions).map(([label, made]) => metric(made, label))
    // An account has one list of dashboards for all its regions.
    const dashboardName = flags.primary ? `${flags.stack}-standby` : flags.stack
    const board = new Dashboard(this, 'Dashboard', { dashboardName, defaultInterval: Duration.hours(12) })
    board.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms: alarms.alarms, width: 24, height: 3 }))
    board.addWidgets(
      graph('Work that waits', [
        sealWork.queue.metricApproximateNumberOfMessagesVisible({ label: 'to seal' }),
        verifyWork.queue.metricApproximateNumberOfMessagesVisible({ label: 'to verify' }),
        sealWork.dead.metricApproximateNumberOfMessagesVisible({ label: 'not sealed' }),
        verifyWork.dead.metricApproximateNumberOfMessagesVisible({ label: 'not verified' }),
      ]),
      graph('Oldest plaintext (ms)', [metrics.oldestPlaintext]),
    )
    board.addWidgets(
      graph('Does not verify, refused', [metrics.verificationFailures, metrics.refusals]),
      graph(
        'Errors',
        each((made, label) => made.metricErrors({ label })),
      ),
    )
    board.addWidgets(
      graph(
        'Invocations',
        each((made, label) => made.metricInvocations({ label })),
      ),
      graph(
        'Duration, 95th percentile (ms)',
        each((made, label) => made.metricDuration({ label, statistic: 'p95' })),
      ),
    )
    board.addWidgets(
      graph(
        'Workflows',
        Object.entries(workflows).flatMap(([label, made]) => [
          made.metric('Started', `${label} started`),
          made.metric('Succeeded', `${label} done`),
          made.metric('Failed', `${label} failed`),
          made.metric('TimedOut', `${label} out of time`),
        ]),
      ),
    )
  }
}
