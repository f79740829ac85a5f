/** A refusal is an answer: thrown, it would count as an error of the keys function, and ring the alarm on those. */

export interface Refusal {
  readonly error: string
  readonly hint: string
}

const HINT = 'safelight keys list shows the generations, and safelight rewrap moves what still needs an older one'

/** By its name, as `told` knows what is for people: its message counts, and names nothing. */
export function answeringRefusals<Answer>(
  handler: (event: unknown) => Promise<Answer>,
): (event: unknown) => Promise<Answer | Refusal> {
  return async (event) => {
    try {
      return await handler(event)
    } catch (error) {
      if (error instanceof Error && error.name === 'RetiringRefused') return { error: error.message, hint: HINT }
      throw error
    }
  }
}
