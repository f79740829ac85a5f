/** `safelight keys`: make, list, back up and restore the deployment's keys. */
import { defineCommand, usage } from '../args.ts'
import { type KeysOptions, keysBackup, keysInit, keysList, keysRestore } from '../key-commands.ts'

const ACTIONS = { init: keysInit, list: keysList, backup: keysBackup, restore: keysRestore } as const

export const command = defineCommand({
  name: 'keys',
  summary: 'make, list, back up and restore keys',
  usage: ['init', 'list', 'backup [FILE]', 'restore FILE'],
  description: `init     makes the keys of a deployment; where they exist, checks the pinned public keys and mends them
list     shows the key generations; no secret is shown
backup   writes all keys to one file under a passphrase (default: safelight-keys-DATE.backup; - is stdout)
restore  puts the keys of a backup into this home; keys that are there already stay
The passphrase is asked for, or comes from --passphrase-file or SAFELIGHT_PASSPHRASE. Without keys or backup, what was
sealed stays closed for ever: keep the backup away from this machine.
JSON: init {generation, keyId, made, pinned}; list {generation, keyId, state, current, created} a line;
backup {out, bytes}; restore {restored}`,
  options: {
    'passphrase-file': {
      type: 'string',
      value: 'FILE',
      help: 'backup, restore: a file whose first line is the passphrase',
    },
    force: { type: 'boolean', short: 'f', help: 'backup: replace an existing file' },
  },
  operands: [1, 2],
  examples: [
    ['keys init', 'once, on a new machine'],
    ['keys backup /media/stick/safelight.backup', 'and then keep it elsewhere'],
    ['keys restore /media/stick/safelight.backup', 'after the machine is lost'],
  ],
  async run(values, [action = '', file], context) {
    if (action !== 'init' && action !== 'list' && action !== 'backup' && action !== 'restore') {
      throw usage('keys', `there is no safelight keys ${action}`)
    }
    if (file === undefined && action === 'restore') throw usage('keys', 'restore needs the backup file')
    if (file !== undefined && (action === 'init' || action === 'list')) throw usage('keys', 'too many arguments')
    const options: KeysOptions = {
      ...{ file, force: values.force ?? false },
      passphraseFile: values['passphrase-file'],
    }
    await ACTIONS[action](options, context)
    return undefined
  },
})
