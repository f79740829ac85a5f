/** What the command line and tests read of a deployed stack: names and addresses, by names that don't change. */
import { CfnOutput, type Stack } from 'aws-cdk-lib'

export interface Outputs {
  readonly StackId: string
  readonly IntakeBucketName: string
  readonly VaultBucketName: string
  readonly CatalogueTableName: string
  readonly KeyTableName: string
  readonly EventBusName: string
  readonly SealQueueUrl: string
  /** Where messages wait that five attempts couldn't finish. */
  readonly SealDeadQueueUrl: string
  readonly VerifyQueueUrl: string
  readonly VerifyDeadQueueUrl: string
  /** Of the function, even where links are served by CloudFront. */
  readonly OpenUrl: string
  /** Callable with IAM authentication alone. */
  readonly LinkUrl: string
  /** Links begin with it. */
  readonly LinkOrigin: string
  readonly SealFunctionName: string
  readonly VerifyFunctionName: string
  readonly OpenFunctionName: string
  readonly LinkFunctionName: string
  readonly SweepFunctionName: string
  readonly KeysFunctionName: string
  readonly RewrapFunctionName: string
  readonly EraseFunctionName: string
  readonly LinkSecretName: string
  readonly IndexSecretName: string
  /** Seeds are the secrets `<prefix>/<generation>`. */
  readonly SeedPrefix: string
  readonly DataKeyArn: string
  readonly SeedKeyArn: string
  readonly AlarmTopicArn: string
}

export function publish(stack: Stack, outputs: Outputs): void {
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value })
}
