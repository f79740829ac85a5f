/** Everything that a stack tells on its event bus, from now on, kept in a queue until somebody looks. */
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { openSqsQueue } from '../../shared/platform/aws/queue.ts'

/** @returns what takes out, as JSON, all that was told meanwhile */
export async function hear(EventBusName: string): Promise<() => Promise<readonly string[]>> {
  const [bridge, sqs] = [new EventBridgeClient(), new SQSClient({ useQueueUrlAsEndpoint: false })]
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'heard' }))
  const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] })
  const Arn = (await sqs.send(asked)).Attributes?.QueueArn
  const EventPattern = JSON.stringify({ source: [{ prefix: '' }] })
  await bridge.send(new PutRuleCommand({ Name: 'heard', EventBusName, EventPattern }))
  await bridge.send(new PutTargetsCommand({ Rule: 'heard', EventBusName, Targets: [{ Id: 'heard', Arn }] }))
  const queue = openSqsQueue(QueueUrl)
  return async () => {
    const told: string[] = []
    for (;;) {
      const messages = await queue.receive({ max: 10, waitSeconds: 1 })
      if (messages.length === 0) return told
      for (const message of messages) {
        told.push(message.body)
        await queue.remove(message)
      }
    }
  }
}
