/** What lies in a function's package beside its code (infra/bundle.ts). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const MODELS_FOLDER = join(import.meta.dirname, 'models')

/** The policy that the stack was deployed with; undefined for the default one. @throws when it is there and no JSON */
export function policyBeside(): unknown {
  let text: string
  try {
    text = readFileSync(join(import.meta.dirname, 'policy.json'), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  return JSON.parse(text)
}
