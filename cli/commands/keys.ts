/** `safelight keys`: make, list, rotate, retire, back up and restore the deployment's keys. */
import { defineCommand, usage } from '../args.ts'
import { type KeysOptions, keysBackup, keysInit, keysList, keysRestore } from '../key-commands.ts'
import { keysRetire, keysRotate } from '../key-generations.ts'
import { openStackOf, STACK } from '../place.ts'
import { stackKeys } from '../stack/keys.ts'

const ACTIONS = {
  init: keysInit,
  list: keysList,
  rotate: keysRotate,
  retire: keysRetire,
  backup: keysBackup,
  restore: keysRestore,
} as const
type Action = keyof typeof ACTIONS

function isAction(text: string): text is Action {
  return Object.hasOwn(ACTIONS, text)
}

/** Fewest and most operands after the action. */
const OPERANDS: Readonly<Record<Action, readonly [least: number, most: number]>> = {
  ...{ init: [0, 0], list: [0, 0], rotate: [0, 0] },
  ...{ retire: [1, 1], backup: [0, 1], restore: [1, 1] },
}
const MISSING = { retire: 'retire needs the generation', restore: 'restore needs the backup file' } as const

export const command = defineCommand({
  name: 'keys',
  summary: 'make, list, rotate, retire, back up and restore keys',
  usage: ['init', 'list', 'rotate', 'retire GENERATION [--undo]', 'backup [FILE]', 'restore FILE'],
  description: `init     makes the keys of a deployment; where they exist, checks the pinned public keys and mends them
list     shows the key generations; no secret is shown
rotate   makes a new generation (ML-KEM seed, data key, link key) and seals under it at once, in a running server too;
         what was sealed before opens as before. Then: keys backup, rewrap, keys retire
retire   disables an older generation that no object needs any more. Its keys stay, and --undo enables it again. Files
         made by safelight seal, and copies of the vault from before rewrap, need their generation to be opened
backup   writes all keys to one file under a passphrase (default: safelight-keys-DATE.backup; - is stdout)
restore  puts the keys of a backup into this home; keys that are there already stay
The passphrase is asked for, or comes from --passphrase-file or SAFELIGHT_PASSPHRASE. Without keys or backup, what was
sealed stays closed for ever: keep the backup away from this machine. Of a stack: init, list, rotate, retire.
JSON: init {generation, keyId, made, pinned}; list {generation, keyId, state, current, created} a line;
rotate {generation, keyId, linkKid}; retire {generation, state, changed}; backup {out, bytes}; 
restore {restored, generations: [{generation, keyId, state}]}`,
  options: {
    'passphrase-file': {
      type: 'string',
      value: 'FILE',
      help: 'backup, restore: a file whose first line is the passphrase',
    },
    force: { type: 'boolean', short: 'f', help: 'backup: replace an existing file' },
    undo: { type: 'boolean', help: 'retire: enable the generation again' },
    ...STACK,
  },
  operands: [1, 2],
  examples: [
    ['keys init', 'once, on a new machine'],
    ['keys backup /media/stick/safelight.backup', 'and then keep it elsewhere'],
    ['keys rotate', 'new keys from now on; follow with keys backup, rewrap and keys retire 1'],
    ['keys restore /media/stick/safelight.backup', 'after the machine is lost'],
  ],
  async run(values, [action = '', operand], context) {
    if (!isAction(action)) throw usage('keys', `there is no safelight keys ${action}`)
    const [least, most] = OPERANDS[action]
    if (operand === undefined && least > 0) {
      throw usage('keys', action === 'retire' || action === 'restore' ? MISSING[action] : 'something is missing')
    }
    if (operand !== undefined && most === 0) throw usage('keys', 'too many arguments')
    const options: KeysOptions = {
      ...{ operand, force: values.force ?? false, undo: values.undo ?? false },
      passphraseFile: values['passphrase-file'],
    }
    const stack = await openStackOf(values, context.env)
    if (stack) await stackKeys(action, stack, options, context.out)
    else await ACTIONS[action](options, context)
    return undefined
  },
})
