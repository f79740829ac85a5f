// What the set-up scripts say to a person: notes and problems on stderr, in the command line's own `error:` and `hint:` form.

/** @param {string} text */
export function note(text) {
  process.stderr.write(`${text}\n`)
}

/**
 * A failure that a person can mend: what is wrong, and what to do about it.
 * @param {string} message
 * @param {string} hint
 */
export function problem(message, hint) {
  return Object.assign(new Error(message), { hint })
}

/**
 * Prints a problem as two lines; anything else is a defect of ours and keeps its stack.
 * @param {unknown} error
 */
export function tell(error) {
  if (error instanceof Error && 'hint' in error) {
    note(`error: ${error.message}\nhint: ${error.hint}`)
  } else {
    note(error instanceof Error ? `error: ${error.stack ?? error.message}` : `error: ${String(error)}`)
  }
}

/**
 * Says that something slow is going on, with the seconds counted up on a terminal. Call the result when it ended.
 * @param {string} text
 * @returns {(outcome: string) => void}
 */
export function progress(text) {
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  const live = process.stderr.isTTY === true
  process.stderr.write(live ? text : `${text}\n`)
  const timer = live ? setInterval(() => process.stderr.write(`\r${text} ${seconds()} s`), 1000) : undefined
  return (outcome) => {
    clearInterval(timer)
    process.stderr.write(`${live ? '\n' : ''}${outcome} after ${seconds()} s\n`)
  }
}
