/** Commands as this person can paste them: in a checkout nothing is called `safelight`, but `./safelight` is. */
import { COMMANDS } from './table.ts'

/** A command of ours in running text: its name, a known command, and then no more letters of a word. */
const NAMED = new RegExp(
  `(?<![\\w./-])safelight (?=(?:${Object.keys(COMMANDS).join('|')}|COMMAND|--help|help)(?:[\\s\`"',;:)?]|\\.?$|\\. ))`,
  'gm',
)

/**
 * `text` with `safelight` in front of each command as SAFELIGHT_COMMAND says, which whoever started us set: scripts/run.mjs,
 * `./safelight`. Names of files and everything else stay.
 */
export function asTyped(text: string, typed = process.env.SAFELIGHT_COMMAND, stack = chosenStack): string {
  const here = stack === undefined ? text : withStack(text, stack)
  if (!typed) return here
  return here.replace(NAMED, () => `${quoted(typed)} `)
}

let chosenStack: string | undefined

/** From now on hints are about this stack. One that SAFELIGHT_STACK names needs no word: whoever pastes a command has it set. */
export function aboutStack(name: string): void {
  chosenStack = name
}

/** What works on a stack as well as here; test/cli/typed.test.ts holds it to what the commands take. */
export const ON_STACKS = [
  ...['backfill', 'catalogue', 'doctor', 'erase', 'keys', 'link', 'links', 'ls', 'open', 'put', 'redrive'],
  ...['revoke', 'rewrap', 'rm'],
] as const

const STACKED = new RegExp(
  `(?<![\\w./-])safelight (${ON_STACKS.join('|')})(?![\\w-]|\\.\\w)(?!(?:(?!safelight )[^\`;,:])*--stack)`,
  'g',
)

/** The option follows the command's name, because only a person sees where a command in a sentence ends. */
function withStack(text: string, stack: string): string {
  return text.replace(STACKED, (found) => `${found} --stack ${quoted(stack)}`)
}

/** As a shell takes it; `npm run safelight --` is words of its own already. */
function quoted(command: string): string {
  if (/^[\w@%+=:,./~-]+$/.test(command) || command.startsWith('npm run ')) return command
  return `'${command.replaceAll("'", "'\\''")}'`
}
