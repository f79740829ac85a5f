/** Calling one of the stack's functions by name, as whoever has the credentials, and what it answers. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { z } from 'zod'
import { Unavailable } from '../ports.ts'
import { onAws } from './errors.ts'
import { type AwsSettings, clientConfig } from './settings.ts'

/** A function of ours works in slices and answers before its own end, which is at most 15 minutes. */
const LONGEST_MS = 15 * 60_000 + 10_000

/** The function understood and said no, in words for whoever called it. */
export class FunctionRefused extends Error {
  override readonly name = 'FunctionRefused'
}

/** How Lambda reports what a handler threw. */
const failure = z.object({ errorType: z.string(), errorMessage: z.string().max(1_000) })
/** What functions/log.ts lets out: its message is made to be read. */
const FOR_PEOPLE = new Set(['InvocationFailed'])

/** @returns the answer as JSON. @throws FunctionRefused; Unavailable when the call is refused, or the function fails */
export type Invoke = (functionName: string, payload: unknown) => Promise<unknown>

export function openInvoke(settings: AwsSettings = {}): Invoke {
  const client = new LambdaClient(clientConfig({ requestTimeoutMs: LONGEST_MS, ...settings }))
  return async (functionName, payload) => {
    const answer = await onAws('calling a function of the stack', () =>
      client.send(new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(payload)) })),
    )
    const told: unknown = JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8') || 'null')
    if (answer.FunctionError === undefined) return told
    const { data } = failure.safeParse(told)
    if (data && FOR_PEOPLE.has(data.errorType)) throw new FunctionRefused(data.errorMessage)
    throw new Unavailable('a function of the stack failed; its log says why')
  }
}
