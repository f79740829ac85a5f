/** What `doctor` finds out: one check, how it went, and how to mend it. */

export interface Check {
  /** A stable name for scripts, such as `keys-match`. */
  readonly check: string
  /** A warning works today and may hurt later; a problem hurts now. */
  readonly status: 'ok' | 'warning' | 'problem'
  readonly detail: string
  /** What to do about it, when there is something to do. */
  readonly mend?: string
}

export function ok(check: string, detail: string): Check {
  return { check, status: 'ok', detail }
}

export function warning(check: string, detail: string, mend: string): Check {
  return { check, status: 'warning', detail, mend }
}

export function problem(check: string, detail: string, mend: string): Check {
  return { check, status: 'problem', detail, mend }
}

/** A check that fails in a way nobody thought of is a finding too, and must not hide the other findings. */
export async function guarded(check: string, work: () => Promise<readonly Check[]>): Promise<readonly Check[]> {
  try {
    return await work()
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : 'an unknown error'
    return [problem(check, `could not be checked: ${why}`, 'mend what it says, then run safelight doctor again')]
  }
}
