/** The product whole on LocalStack, deployed by the command that its users type. */
import { deployedByCommand } from '../deployed.ts'
import { describeEndToEnd, FEW } from '../endToEnd.ts'
import { startLocalStack } from '../localstack.ts'

describeEndToEnd(startLocalStack, (emulator) => deployedByCommand(emulator, FEW), {
  listsNothing: false,
  // LocalStack reads no metric out of logs, and takes the sweep for silent.
  ringing: [/^problem {2}alarms: Safelight: an upload has been lying in plaintext for too long, or the sweep/],
})
