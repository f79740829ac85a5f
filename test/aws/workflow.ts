// Step Functions over the wire: starts a workflow on an emulator and waits for how it ends. The product needs no client of it.
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import type { Emulator } from './emulator.ts'

type Endpoint = Pick<Emulator, 'endpoint'>

const made = z.object({ stateMachineArn: z.string() })
const started = z.object({ executionArn: z.string() })
const ended = z.object({
  status: z.string(),
  ...{ output: z.string().nullish(), error: z.string().nullish(), cause: z.string().nullish() },
})
export type Ended = z.infer<typeof ended>

/** For emulators, which look at the signature's scope and not at the signature. */
async function ask<T extends z.ZodType>(
  { endpoint }: Endpoint,
  action: string,
  order: unknown,
  answers: T,
): Promise<z.output<T>> {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AWSStepFunctions.${action}`,
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/states/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: JSON.stringify(order),
  })
  if (!answer.ok) throw new Error(`${action}: ${await answer.text()}`)
  return answers.parse(await answer.json())
}

/** @returns its ARN */
export async function makeWorkflow(emulator: Endpoint, name: string, definition: object): Promise<string> {
  const roleArn = 'arn:aws:iam::000000000000:role/workflow'
  const order = { name, roleArn, type: 'STANDARD', definition: JSON.stringify(definition) }
  const { stateMachineArn } = await ask(emulator, 'CreateStateMachine', order, made)
  return stateMachineArn
}

/** @throws when it runs for longer than a minute */
export async function runWorkflow(emulator: Endpoint, stateMachineArn: string, input: unknown): Promise<Ended> {
  const order = { stateMachineArn, input: JSON.stringify(input) }
  const { executionArn } = await ask(emulator, 'StartExecution', order, started)
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(100)) {
    const now = await ask(emulator, 'DescribeExecution', { executionArn }, ended)
    if (now.status !== 'RUNNING') return now
  }
  throw new Error('the workflow does not end')
}
