/** Publishes what the command line and tests read of a deployed stack. */
import { CfnOutput, type Stack } from 'aws-cdk-lib'
import type { Outputs } from '../shared/platform/aws/outputs.ts'

export function publish(stack: Stack, outputs: Outputs): void {
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value })
}
