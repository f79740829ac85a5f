/** One Lambda function of ours: runtime, architecture, package, log group and a role that can log, alike for all of them. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, type Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import type { Env, FunctionName } from '../functions/env.ts'
import type { Flags } from './flags.ts'

export interface FunctionProps<F extends FunctionName> {
  readonly name: F
  readonly description: string
  readonly code: CodeOf
  readonly flags: Flags
  readonly memoryMiB: number
  readonly timeoutSeconds: number
  /** Exactly what the function reads (functions/env.ts). */
  readonly env: Env<F>
  readonly reservedConcurrency?: number
}

/** Where a function's package comes from. */
export type CodeOf = (name: FunctionName) => Code

/** Long enough to look into what somebody noticed a season later; nothing in them is secret. */
const RETENTION = RetentionDays.THREE_MONTHS

export class SafelightFunction extends LambdaFunction {
  readonly executionRole: Role

  constructor(scope: Construct, id: string, props: FunctionProps<FunctionName>) {
    const { flags, name } = props
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: flags.ephemeral ? RetentionDays.ONE_DAY : RETENTION,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const role = new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `${flags.stack}: ${props.description}`,
    })
    super(scope, id, {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: flags.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      code: props.code(name),
      handler: 'index.handler',
      role,
      logGroup,
      memorySize: props.memoryMiB,
      timeout: Duration.seconds(props.timeoutSeconds),
      environment: { ...props.env },
      ...(props.reservedConcurrency && { reservedConcurrentExecutions: props.reservedConcurrency }),
    })
    this.executionRole = role
    // Not AWSLambdaBasicExecutionRole, which may write every log group of the account.
    this.addToRolePolicy(
      new PolicyStatement({
        sid: 'Log',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    )
  }
}
