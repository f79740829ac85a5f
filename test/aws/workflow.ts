// Step Functions on an emulator: makes a workflow, which for the product only CloudFormation does, waits for how it ends, and says
// under which role it stands.
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { sendSigned } from '../../shared/platform/aws/signed.ts'
import { openWorkflow, type Progress } from '../../shared/platform/aws/workflows.ts'

const made = z.object({ stateMachineArn: z.string() })
const described = z.object({ roleArn: z.string(), definition: z.string() })
const sharing = z.looseObject({
  States: z.looseObject({
    Shares: z.looseObject({ Result: z.array(z.string()) }),
    Rewrap: z.looseObject({ MaxConcurrency: z.number() }),
  }),
})

/** The emulator's address must be in this process's environment. @returns the state machine's ARN */
export async function makeWorkflow(name: string, definition: object): Promise<string> {
  const roleArn = 'arn:aws:iam::000000000000:role/workflow'
  const order = { name, roleArn, type: 'STANDARD', definition: JSON.stringify(definition) }
  return made.parse(await ask('CreateStateMachine', order)).stateMachineArn
}

/** The emulator's address must be in this process's environment. @returns the ARN of the role by which a workflow is to work */
export async function roleOfWorkflow(stateMachineArn: string): Promise<string> {
  return described.parse(await ask('DescribeStateMachine', { stateMachineArn })).roleArn
}

/**
 * Has the deployed rewrap workflow go by the first digit of ids instead of two, and by two functions at once: each of an
 * emulator's is a process of its own, and 256 calls of them take half a minute.
 */
export async function inFewShares(stateMachineArn: string): Promise<void> {
  const { definition } = described.parse(await ask('DescribeStateMachine', { stateMachineArn }))
  const { States, ...machine } = sharing.parse(JSON.parse(definition))
  const Shares = { ...States.Shares, Result: [...new Set(States.Shares.Result.map(([first]) => first))] }
  const changed = { ...machine, States: { ...States, Shares, Rewrap: { ...States.Rewrap, MaxConcurrency: 2 } } }
  await ask('UpdateStateMachine', { stateMachineArn, definition: JSON.stringify(changed) })
}

async function ask(action: string, order: object): Promise<unknown> {
  const { status, text } = await sendSigned('https://states.us-east-1.amazonaws.com/', order, {
    ...{ service: 'states', region: 'us-east-1' },
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AWSStepFunctions.${action}` },
  })
  if (status !== 200) throw new Error(text)
  return JSON.parse(text)
}

/** Watched as the product does it. @throws when it runs for longer than four minutes */
export async function runWorkflow(stateMachineArn: string, input: unknown): Promise<Progress> {
  const workflow = openWorkflow(stateMachineArn)
  const execution = await workflow.start(input)
  for (const deadline = Date.now() + 240_000; Date.now() < deadline; await sleep(100)) {
    const now = await workflow.progressOf(execution)
    if (now.status !== 'RUNNING') return now
  }
  throw new Error('the workflow does not end')
}
