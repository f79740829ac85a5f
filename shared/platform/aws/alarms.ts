/** Which alarms of a stack are ringing. CloudFormation names them `STACK-LOGICALID-SUFFIX`. */
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch'
import { onAws } from './errors.ts'
import { type AwsSettings, clientConfig } from './settings.ts'

/** @returns descriptions of the alarms in state ALARM, at most 100. @throws Unavailable */
export async function ringingAlarms(stackName: string, settings: AwsSettings = {}): Promise<readonly string[]> {
  const client = new CloudWatchClient(clientConfig(settings))
  const command = new DescribeAlarmsCommand({ AlarmNamePrefix: `${stackName}-`, StateValue: 'ALARM', MaxRecords: 100 })
  const { MetricAlarms = [] } = await onAws('asking for alarms', () => client.send(command))
  // LocalStack, asked for names that begin with something, answers with those in every state.
  return MetricAlarms.filter(({ StateValue, AlarmName }) => StateValue === 'ALARM' && isOf(stackName, AlarmName)).map(
    ({ AlarmDescription, AlarmName }) => AlarmDescription ?? AlarmName ?? 'an alarm without a name',
  )
}

/** Names of stacks have dashes, logical ids have none: `Safelight-` begins those of a stack `Safelight-eu`, too. */
function isOf(stackName: string, alarmName = ''): boolean {
  return alarmName.startsWith(`${stackName}-`) && /^[^-]+-[^-]+$/.test(alarmName.slice(stackName.length + 1))
}
