/** Which policy a command obeys: a file that was named, the deployment's own, or the default. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defaultPolicy, type Policy, PolicyInvalid, parsePolicy } from '../shared/policy/policy.ts'
import { CommandFailed, codeOf, failureOf } from './errors.ts'

export const POLICY_FILE = 'policy.json'

/** @throws CommandFailed that says what is wrong, in which file and where */
export async function readPolicy(file: string | undefined, home: string): Promise<Policy> {
  const path = file ?? join(home, POLICY_FILE)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (file === undefined && codeOf(error) === 'ENOENT') return defaultPolicy
    throw new CommandFailed(`the policy file ${path} could not be read: ${failureOf(error).message}`)
  }
  try {
    return parsePolicy(parseJson(text))
  } catch (error) {
    if (!(error instanceof PolicyInvalid)) throw error
    const [first = '', ...more] = error.message.split('\n')
    const why = more.length === 0 ? first : `${first} (and ${more.length} more)`
    throw new CommandFailed(
      `the policy file ${path} is not valid: ${why}`,
      'nothing is sealed under a policy that is in doubt; without the file the default policy holds',
    )
  }
}

/** @throws PolicyInvalid that names line and column */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new PolicyInvalid(`not JSON from ${placeOf(text)} on`)
  }
}

/** V8 doesn't always say where: it is the end of the longest beginning that could still become JSON. */
function placeOf(text: string): string {
  let [good, bad] = [0, text.length + 1]
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (couldBecomeJson(text.slice(0, middle))) good = middle
    else bad = middle
  }
  const before = text.slice(0, good).split('\n')
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}

function couldBecomeJson(beginning: string): boolean {
  try {
    JSON.parse(beginning)
    return true
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    const [, at] = /at position (\d+)/.exec(message) ?? []
    return /end of JSON input|Unterminated/.test(message) || (at !== undefined && Number(at) >= beginning.length)
  }
}
