/** The list of commands. Each is loaded only when it runs, so that `--help` needs no image codec and no key. */
import type { Command } from './args.ts'

interface Entry {
  readonly summary: string
  readonly load: () => Promise<{ readonly command: Command }>
}

export const COMMANDS: Readonly<Record<string, Entry>> = {
  serve: {
    summary: 'run the local deployment: console, drop folder, links',
    load: () => import('./commands/serve.ts'),
  },
  put: { summary: 'seal files into the deployment', load: () => import('./commands/put.ts') },
  ls: { summary: 'list the sealed objects', load: () => import('./commands/ls.ts') },
  rm: { summary: 'delete sealed objects for good', load: () => import('./commands/rm.ts') },
  erase: {
    summary: 'erase an object and all that belongs to it',
    load: () => import('./commands/erase.ts'),
  },
  seal: { summary: 'seal one file into another', load: () => import('./commands/seal.ts') },
  open: { summary: 'get the exact bytes back', load: () => import('./commands/open.ts') },
  inspect: { summary: 'show what a sealed file says without keys', load: () => import('./commands/inspect.ts') },
  verify: { summary: 'check every byte of a sealed file, or of the vault', load: () => import('./commands/verify.ts') },
  assess: { summary: 'say how sensitive images are, and why', load: () => import('./commands/assess.ts') },
  link: { summary: 'make an expiring link to an object', load: () => import('./commands/link.ts') },
  links: { summary: 'list links and whether they still work', load: () => import('./commands/links.ts') },
  revoke: { summary: 'make links stop working', load: () => import('./commands/revoke.ts') },
  failed: {
    summary: 'list uploads that could not be sealed, and retry them',
    load: () => import('./commands/failed.ts'),
  },
  redrive: { summary: 'try again what a stack gave up on', load: () => import('./commands/redrive.ts') },
  keys: {
    summary: 'make, list, rotate, retire, back up and restore keys',
    load: () => import('./commands/keys.ts'),
  },
  intake: {
    summary: 'prepare an existing bucket for uploads to a stack',
    load: () => import('./commands/intake.ts'),
  },
  backfill: {
    summary: 'seal what lies in an adopted bucket already',
    load: () => import('./commands/backfill.ts'),
  },
  rewrap: { summary: 'bring every object under the current keys', load: () => import('./commands/rewrap.ts') },
  catalogue: { summary: 'make the catalogue again from vault and keys', load: () => import('./commands/catalogue.ts') },
  bench: {
    summary: 'measure speed and memory, against targets and peers',
    load: () => import('./commands/bench.ts'),
  },
  doctor: { summary: 'find what is wrong and how to mend it', load: () => import('./commands/doctor.ts') },
}
