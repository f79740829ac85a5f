/**
 * Starting one of the stack's Step Functions workflows, and how far one is. Three calls in JSON, signed: a client of the SDK
 * for them would be one more dependency.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { Unavailable } from '../ports.ts'
import { NoAnswer } from './reach.ts'
import { type SignedAnswer, sendSigned } from './signed.ts'

const started = z.object({ executionArn: z.string() })
const executions = z.object({ executions: z.array(z.object({ executionArn: z.string() })) })
const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE'] as const
const execution = z.object({
  status: z.enum(STATUSES),
  ...{ output: z.string().nullish(), error: z.string().nullish(), cause: z.string().nullish() },
})
const mapRuns = z.object({ mapRuns: z.array(z.object({ mapRunArn: z.string() })) })
const whole = z.number().int().min(0)
const mapRun = z.object({
  itemCounts: z.object({ total: whole, succeeded: whole, failed: whole, timedOut: whole, aborted: whole }),
})
const refusal = z.object({ __type: z.string() })

export interface Progress {
  readonly status: (typeof STATUSES)[number]
  /** Items of the workflow's one distributed map, as AWS has found them so far; undefined before it began. */
  readonly items: { readonly total: number; readonly done: number; readonly failed: number } | undefined
  /** What it gave at its end. */
  readonly output: unknown
  /** Why it failed: a short name, and its own words. */
  readonly error: string | undefined
  readonly cause: string | undefined
}

/** All of its calls @throws Unavailable */
export interface Workflow {
  /** @returns the execution's ARN */
  start(input: unknown): Promise<string>
  /** Of whoever started it; undefined when none ever was. */
  newest(): Promise<string | undefined>
  progressOf(executionArn: string): Promise<Progress>
}

const TRIES = 5
const FIRST_WAIT_MS = 200

/** @param arn of the state machine: its region and partition say whom to ask */
export function openWorkflow(arn: string): Workflow {
  const [, partition = 'aws', , region = ''] = arn.split(':')
  const url = `https://states.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}/`

  async function ask<T extends z.ZodType>(action: string, order: object, answers: T): Promise<z.output<T>> {
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AWSStepFunctions.${action}` }
    const { status, text } = await patiently(() => sendSigned(url, order, { service: 'states', region, headers }))
    if (status === 200) return answers.parse(JSON.parse(text))
    throw new Unavailable(`the workflow: ${adviceFor(text)}`)
  }

  return {
    async start(input) {
      // With a name of ours an answer that was lost on the way is asked for again, and starts nothing twice.
      const order = { stateMachineArn: arn, name: randomUUID(), input: JSON.stringify(input) }
      return (await ask('StartExecution', order, started)).executionArn
    },
    async newest() {
      const found = await ask('ListExecutions', { stateMachineArn: arn, maxResults: 1 }, executions)
      return found.executions[0]?.executionArn
    },
    async progressOf(executionArn) {
      const { status, output, error, cause } = await ask('DescribeExecution', { executionArn }, execution)
      const [run] = (await ask('ListMapRuns', { executionArn }, mapRuns)).mapRuns
      const counted = run && (await ask('DescribeMapRun', run, mapRun)).itemCounts
      return {
        status,
        items: counted && {
          ...{ total: counted.total, done: counted.succeeded },
          failed: counted.failed + counted.timedOut + counted.aborted,
        },
        output: output ? JSON.parse(output) : undefined,
        ...{ error: error || undefined, cause: cause || undefined },
      }
    },
  }
}

/** Whoever waits for days meets AWS busy, and networks that are away. @throws Unavailable */
async function patiently(send: () => Promise<SignedAnswer>): Promise<SignedAnswer> {
  for (let tries = 1; ; tries++) {
    const answer = await send().catch((error: unknown) => {
      if (tries < TRIES && error instanceof NoAnswer) return undefined
      throw error
    })
    const isPassing = answer === undefined || answer.status >= 500 || /Throttl/.test(typeOf(answer.text))
    if (answer !== undefined && (!isPassing || tries === TRIES)) return answer
    await sleep(Math.random() * FIRST_WAIT_MS * 2 ** tries)
  }
}

/** AWS's name for what went wrong; empty where it gave none. */
function typeOf(text: string): string {
  try {
    return refusal.parse(JSON.parse(text)).__type.split('#').at(-1) ?? ''
  } catch {
    return ''
  }
}

function adviceFor(text: string): string {
  const type = typeOf(text)
  if (/NotExist/.test(type)) return `it isn't there: deploy the stack (${type})`
  if (/AccessDenied/.test(type)) return `your credentials may not ask for it (${type})`
  return `AWS did not answer: try again (${type || 'no reason given'})`
}
