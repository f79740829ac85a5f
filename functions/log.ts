/**
 * What functions say: one JSON line an event, made of reasons, opaque ids and numbers. Whatever an error's message holds
 * stays out, because messages of services and libraries repeat the names that they were given. Metrics are made of these
 * lines by their `event` and their numbers (infra/metrics.ts), so that no function needs the power to publish any.
 */
import { Logger } from '@aws-lambda-powertools/logger'
import { reasonOf } from '../shared/flow/reasons.ts'
import { Unavailable } from '../shared/platform/ports.ts'
import { BadOrder } from './order.ts'

export type Fields = Readonly<Record<string, string | number | boolean>>

export interface Log {
  info(event: string, about?: Fields): void
  /** What a person should look at though nothing failed just now. */
  warn(event: string, about?: Fields): void
  /** The reason, the classes of the error and its causes, and what to do where that is known; never its message. */
  failed(event: string, error: unknown, about?: Fields): void
}

/** The name of a class, and nothing that a message could have been put into. */
const CLASS_NAME = /^[A-Za-z][A-Za-z0-9.]{0,63}$/
const MOST_CAUSES = 4

/** Such as `Unavailable < TimeoutError`: what helps an operator, and was written by a programmer. */
export function classesOf(error: unknown): string {
  const names: string[] = []
  for (let at = error; at instanceof Error && names.length < MOST_CAUSES; at = at.cause) {
    names.push(CLASS_NAME.test(at.name) ? at.name : 'Error')
  }
  return names.join(' < ')
}

/** What an operator can do about it: the fixed words of our own class, which hold no name. */
function adviceOf(error: unknown): string | undefined {
  return error instanceof Unavailable ? error.advice : undefined
}

function about(error: unknown): Fields {
  const advice = adviceOf(error)
  return { reason: reasonOf(error), class: classesOf(error), ...(advice !== undefined && { advice }) }
}

export function openLog(service: string, stackId: string): Log {
  const logger = new Logger({ serviceName: service, persistentKeys: { stack: stackId } })
  return {
    info: (event, about = {}) => logger.info(event, { event, ...about }),
    warn: (event, about = {}) => logger.warn(event, { event, ...about }),
    failed: (event, error, more = {}) => logger.error(event, { event, ...about(error), ...more }),
  }
}

/** What the runtime may print of a failed invocation. */
export class InvocationFailed extends Error {
  override readonly name = 'InvocationFailed'
  constructor(reason: string) {
    super(reason)
    // The runtime prints the stack too: it says which of our lines, and nothing else.
    this.stack = `${this.name}: ${reason}`
  }
}

/** What an operator who invoked a function is told: what to mend. By the ports' contract no name is in these messages. */
export function told(error: unknown): string {
  const isForPeople = error instanceof BadOrder || (error instanceof Error && FOR_PEOPLE.has(error.name))
  return isForPeople ? error.message : reasonOf(error)
}

const FOR_PEOPLE = new Set(['Unavailable'])

/** A handler of which no error gets to the runtime as it is: the runtime prints and answers messages. */
export function guarded<Rest extends readonly unknown[], Result>(
  log: Log,
  handler: (event: unknown, ...rest: Rest) => Promise<Result>,
  said: (error: unknown) => string = reasonOf,
): (event: unknown, ...rest: Rest) => Promise<Result> {
  return async (event, ...rest) => {
    try {
      return await handler(event, ...rest)
    } catch (error) {
      log.failed('invocation-failed', error)
      throw new InvocationFailed(said(error))
    }
  }
}
