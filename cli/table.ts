/** The list of commands. Each is loaded only when it runs, so that `--help` needs no image codec and no key. */
import type { Command } from './args.ts'

interface Entry {
  readonly summary: string
  readonly load: () => Promise<{ readonly command: Command }>
}

export const COMMANDS: Readonly<Record<string, Entry>> = {
  inspect: { summary: 'show what a sealed file says without keys', load: () => import('./commands/inspect.ts') },
  assess: { summary: 'say how sensitive images are, and why', load: () => import('./commands/assess.ts') },
}
