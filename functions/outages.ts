/**
 * What becomes of a message whose attempt met a service that doesn't answer. SQS counts receipts, and doesn't know why one
 * failed: left to it, three outages would look like a picture that ends whoever looks at it. So such a message is sent anew
 * and the old one is done with; the receipts of one message count what ended without a word. A picture that ends whoever
 * looks at it is sealed unseen or given up all the same, because a copy carries what was counted before.
 *
 * Sent, and then removed at once: an invocation that fails afterwards would have the old one delivered again, and make
 * another copy of it each time. Killed between the two, there are both, which is one attempt too many and no upload lost.
 */
import * as z from 'zod'
import { MOST_DEATHS } from '../shared/flow/deaths.ts'
import { Archived, Unavailable } from '../shared/platform/ports.ts'

/** A message is given up at the tenth. */
export const MOST_OUTAGES = 10
/**
 * After so many attempts that ended without a word a file is sealed unseen. One more than deaths that are known to be
 * such: a function that AWS could not start leaves no word either.
 */
export const UNSEEN_AFTER_SILENT = 3

const count = z.coerce.number().int().min(0)
const attribute = z.object({ stringValue: count.catch(0) })

/** What messages carry of the attempts before them. SQS counts receipts; a host that redelivers by itself counts deaths. */
export const carried = z.object({ deaths: attribute, silent: attribute, outages: attribute }).partial()
export const received = z.object({ ApproximateReceiveCount: count.catch(1) }).partial()

export interface Attempts {
  /** Attempts that met a service which doesn't answer. */
  readonly outages: number
  /** Attempts that ended without saying how: killed, out of time or memory, or failed by a mistake. */
  readonly silent: number
  /** Known to have ended the process that looked. */
  readonly deaths: number
}

/** Before this one, from what came with a message. */
export function attemptsBefore(
  told: z.infer<typeof carried>,
  { ApproximateReceiveCount = 1 }: z.infer<typeof received>,
) {
  const silent = (told.silent?.stringValue ?? 0) + Math.max(0, ApproximateReceiveCount - 1)
  const ofSilence = silent >= UNSEEN_AFTER_SILENT ? MOST_DEATHS : 0
  const deaths = told.deaths?.stringValue ?? ofSilence
  return { silent, deaths, outages: told.outages?.stringValue ?? 0 }
}

/** A message in hand. */
export interface InHand {
  readonly body: string
  /** By which it is removed; absent where whoever delivers needs none. */
  readonly receiptHandle?: string | undefined
}

/** Each removes what it sent on. @throws Unavailable */
export interface Outages {
  /** Sends it anew, to be taken when the queue would have given it back, with what it is to carry. */
  putOff(message: InHand, carry: Readonly<Record<'outages' | 'silent', number>>): Promise<void>
  /** To where messages wait for a person, with what it is to carry. */
  giveUp(message: InHand, carry: Readonly<Record<'silent', number>>): Promise<void>
}

/** @returns whether the message is taken care of, and done with */
export async function outlast(
  { putOff, giveUp }: Outages,
  message: InHand,
  { outages, silent }: Attempts,
  error: unknown,
): Promise<boolean> {
  if (!(error instanceof Unavailable)) return false
  try {
    const passes = !(error instanceof Archived) && outages + 1 < MOST_OUTAGES
    if (passes) await putOff(message, { outages: outages + 1, silent })
    else await giveUp(message, { silent })
    return true
  } catch (failure) {
    // Where not even the queue answers, SQS gives the message back, and counts that.
    if (failure instanceof Unavailable) return false
    throw failure
  }
}
