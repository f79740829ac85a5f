/** Which policy a command obeys: a file that was named, the deployment's own, or the default. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defaultPolicy, type Policy, PolicyInvalid, parsePolicy } from '../shared/policy/policy.ts'
import { CommandFailed, codeOf } from './errors.ts'

export const POLICY_FILE = 'policy.json'

/** @throws CommandFailed that says what is wrong where in the file */
export async function readPolicy(file: string | undefined, home: string): Promise<Policy> {
  let text: string
  try {
    text = await readFile(file ?? join(home, POLICY_FILE), 'utf8')
  } catch (error) {
    if (file === undefined && codeOf(error) === 'ENOENT') return defaultPolicy
    throw new CommandFailed('the policy file could not be read')
  }
  try {
    return parsePolicy(JSON.parse(text))
  } catch (error) {
    const why = error instanceof PolicyInvalid ? error.message.split('\n')[0] : 'not JSON'
    throw new CommandFailed(`the policy file is not valid: ${why}`, 'nothing is sealed under a policy that is in doubt')
  }
}
