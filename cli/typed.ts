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
export function asTyped(text: string, typed = process.env.SAFELIGHT_COMMAND): string {
  if (!typed) return text
  return text.replace(NAMED, () => `${quoted(typed)} `)
}

/** As a shell takes it; `npm run safelight --` is words of its own already. */
function quoted(command: string): string {
  if (/^[\w@%+=:,./~-]+$/.test(command) || command.startsWith('npm run ')) return command
  return `'${command.replaceAll("'", "'\\''")}'`
}
