/**
 * Ends this process and all of its group, as a power cut would, when a planned step boundary is reached. The plan is a
 * file, read at each boundary, so that one start of a server serves for settling down and for the next strike.
 */
import { readFileSync, writeSync } from 'node:fs'

/** One boundary: the `nth` time since the plan was made that this process comes to the end of `call`. */
export interface Plan {
  readonly id: string
  /** Undefined: nothing is struck, and every boundary is told on stderr. */
  readonly strike?: { readonly role: Role; readonly call: string; readonly nth: number }
}
export type Role = 'host' | 'sealer'
export interface Boundary {
  readonly role: Role
  readonly call: string
}

/** The plan's file. */
export const PLAN = process.env.SAFELIGHT_FAULT_PLAN
/** What a told boundary's line begins with. */
export const TOLD = 'boundary '

const role: Role = process.argv[1]?.endsWith('seal-process.ts') ? 'sealer' : 'host'
let planned = ''
const counts = new Map<string, number>()

function plan(): Plan | undefined {
  try {
    return PLAN ? JSON.parse(readFileSync(PLAN, 'utf8')) : undefined
  } catch {
    return undefined
  }
}

/** This process has come to the end of `call`. */
export function reached(call: string): void {
  const now = plan()
  if (!now) return
  if (now.id !== planned) counts.clear()
  planned = now.id
  const nth = (counts.get(call) ?? 0) + 1
  counts.set(call, nth)
  const { strike } = now
  if (!strike) writeSync(2, `${TOLD}${JSON.stringify({ role, call })}\n`)
  else if (strike.role === role && strike.call === call && strike.nth === nth) process.kill(0, 'SIGKILL')
}

export async function boundary<T>(call: string, work: () => Promise<T>): Promise<T> {
  const result = await work()
  reached(call)
  return result
}
