// How a proof reports: a line for each thing seen, and exit code 1 when one was not, or when nothing was looked at.

let passed = 0
let failed = 0
let finished = false

/** @param name what must be true, in words @param detail what was seen, when that says more */
export function check(name: string, condition: boolean, detail?: string): void {
  console.log(`${condition ? 'ok  ' : 'FAIL'} ${name}${detail === undefined ? '' : `: ${detail}`}`)
  if (condition) passed += 1
  else failed += 1
}

/** Ends the report; the last line of every proof. */
export function finish(): void {
  finished = true
  if (passed + failed === 0) check('something was checked', false)
  console.log(`${passed} seen, ${failed} not`)
  if (failed > 0) process.exitCode = 1
}

// A proof that stops halfway, for want of anything more to wait for, has not proved the rest.
process.on('exit', (code) => {
  if (finished || code !== 0) return
  console.log('FAIL the proof did not reach its end')
  process.exitCode = 1
})
