/** Calling one of the stack's functions by name, as whoever has the credentials, and what it answers. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import * as z from 'zod'
import { onAws } from './errors.ts'
import { type AwsSettings, clientConfig } from './settings.ts'

/** A function of ours works in slices and answers before its own end, which is at most 15 minutes. */
const LONGEST_MS = 15 * 60_000 + 10_000

/** The function said no, in words for whoever called it. */
export class FunctionRefused extends Error {
  override readonly name = 'FunctionRefused'
}

/** How Lambda reports what a handler threw (functions/log.ts lets out words for people alone), or that time or memory ran out. */
const failure = z.object({ errorMessage: z.string() })

/** @returns the answer as JSON. @throws FunctionRefused; Unavailable when the call itself is refused */
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
    const [line = ''] = data?.errorMessage.split('\n', 1) ?? []
    throw new FunctionRefused(line === '' ? 'the function failed, and its log says why' : line.slice(0, 300))
  }
}
