/**
 * One Step Functions state machine of ours: a role of its own, logs of what happened without what it was about (uploads'
 * keys can name patients), traces, and the right to run the shares of its distributed map.
 */
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import type { Flags } from './flags.ts'
import { acknowledgeWildcard, allow } from './grants.ts'

export interface WorkflowProps {
  readonly flags: Flags
  /** Of the stack's: `rewrap` becomes `STACK-rewrap`. */
  readonly name: string
  readonly description: string
  /** In the Amazon States Language; each of its distributed maps is labelled. */
  readonly definition: object
  readonly labels: readonly string[]
}

/** Step Functions sets up its own delivery of logs, and its traces, by these; none takes a resource. */
const LOG_DELIVERY = [
  ...['CreateLogDelivery', 'GetLogDelivery', 'UpdateLogDelivery', 'DeleteLogDelivery', 'ListLogDeliveries'],
  ...['PutResourcePolicy', 'DescribeResourcePolicies', 'DescribeLogGroups'],
].map((action) => `logs:${action}`)
const TRACING = ['PutTraceSegments', 'PutTelemetryRecords', 'GetSamplingRules', 'GetSamplingTargets'].map(
  (action) => `xray:${action}`,
)

export class Workflow extends Construct {
  readonly arn: string
  readonly executionRole: Role

  constructor(scope: Construct, id: string, { flags, name, description, definition, labels }: WorkflowProps) {
    super(scope, id)
    const stack = Stack.of(this)
    const stateMachineName = `${flags.stack}-${name}`
    this.executionRole = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
      description: `${flags.stack}: ${description}`,
    })
    const log = new LogGroup(this, 'Log', {
      // Under this name AWS needs no entry in a resource policy, whose length is limited.
      logGroupName: `/aws/vendedlogs/states/${stateMachineName}`,
      retention: flags.ephemeral ? RetentionDays.ONE_DAY : RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    // By its name, since the role must be there before the state machine is.
    const named = { service: 'states', resource: 'stateMachine', arnFormat: ArnFormat.COLON_RESOURCE_NAME }
    this.arn = stack.formatArn({ ...named, resourceName: stateMachineName })
    this.runShares(stateMachineName, labels)
    allow(this, 'DeliverLogsAndTraces', [...LOG_DELIVERY, ...TRACING], ['*'])
    acknowledgeWildcard(this, '*', 'Log delivery and tracing are calls that take no resource; their actions are exact.')

    const machine = new CfnStateMachine(this, 'Machine', {
      stateMachineName,
      stateMachineType: 'STANDARD',
      roleArn: this.executionRole.roleArn,
      definitionString: stack.toJsonString({ Comment: description, ...definition }),
      tracingConfiguration: { enabled: true },
      loggingConfiguration: {
        level: 'ALL',
        includeExecutionData: false,
        destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: log.logGroupArn } }],
      },
    })
    machine.node.addDependency(this.executionRole)
  }

  addToRolePolicy(statement: PolicyStatement): void {
    this.executionRole.addToPolicy(statement)
  }

  /** Executions in five minutes that became this. */
  metric(what: 'Started' | 'Succeeded' | 'Failed' | 'TimedOut', label?: string): Metric {
    return new Metric({
      ...{ namespace: 'AWS/States', metricName: `Executions${what}`, dimensionsMap: { StateMachineArn: this.arn } },
      ...{ statistic: Stats.SUM, period: Duration.minutes(5), ...(label && { label }) },
    })
  }

  /** A distributed map starts its shares as executions of its own state machine. */
  private runShares(name: string, labels: readonly string[]): void {
    allow(this, 'StartShares', ['states:StartExecution'], [this.arn])
    const executions = labels.map((label) =>
      Stack.of(this).formatArn({
        ...{ service: 'states', resource: 'execution', arnFormat: ArnFormat.COLON_RESOURCE_NAME },
        resourceName: `${name}/${label}:*`,
      }),
    )
    const actions = ['DescribeExecution', 'StopExecution', 'RedriveExecution'].map((action) => `states:${action}`)
    allow(this, 'FollowShares', actions, executions)
    for (const arn of executions) {
      acknowledgeWildcard(
        this,
        arn,
        'Executions are named by AWS when they start; the state machine and the map are exact.',
      )
    }
  }
}
