/** A passphrase from the environment, from a file, or from a person: without echo, and never as an argument. */
import { openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { ReadStream } from 'node:tty'
import type { Context } from './args.ts'
import { CommandFailed, UsageError } from './errors.ts'
import { onInterrupt } from './interrupt.ts'

export interface PassphraseOptions {
  /** `--passphrase-file`: its first line. */
  readonly file: string | undefined
  /** Asks a person twice: for what will be locked with it. */
  readonly confirm: boolean
}

/** @throws UsageError when there is no passphrase and nobody to ask */
export async function readPassphrase(env: Context['env'], options: PassphraseOptions): Promise<string> {
  if (options.file !== undefined) return checked(await firstLine(options.file))
  if (env.SAFELIGHT_PASSPHRASE !== undefined) return checked(env.SAFELIGHT_PASSPHRASE)
  const passphrase = checked(await ask('passphrase: '))
  if (options.confirm && (await ask('once more: ')) !== passphrase) throw new UsageError('the two passphrases differ')
  return passphrase
}

function checked(passphrase: string): string {
  if (passphrase === '') throw new UsageError('the passphrase is empty')
  return passphrase
}

async function firstLine(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new CommandFailed('the passphrase file could not be read')
  })
  return text.split(/\r?\n/, 1)[0] ?? ''
}

/** Reads from the terminal itself, because stdin may be carrying data. */
async function ask(prompt: string): Promise<string> {
  const terminal = openTerminal()
  const done = onInterrupt(() => void terminal.setRawMode(false))
  // Before the prompt: who types fast must not see it echoed.
  terminal.setRawMode(true)
  process.stderr.write(prompt)
  try {
    return await readHidden(terminal)
  } finally {
    terminal.setRawMode(false)
    terminal.destroy()
    done()
    process.stderr.write('\n')
  }
}

function openTerminal(): ReadStream {
  try {
    return new ReadStream(openSync('/dev/tty', 'r+'))
  } catch {
    throw new UsageError(
      'a passphrase is needed and there is no terminal to ask on',
      'set SAFELIGHT_PASSPHRASE, or name a file with --passphrase-file',
    )
  }
}

const KEY = {
  enter: ['\r', '\n'],
  erase: ['\u007f', '\b'],
  interrupt: '\u0003',
  end: '\u0004',
  clear: '\u0015',
} as const

async function readHidden(terminal: ReadStream): Promise<string> {
  let typed: string[] = []
  terminal.setEncoding('utf8')
  for await (const data of terminal) {
    for (const key of String(data)) {
      if (key === KEY.enter[0] || key === KEY.enter[1] || key === KEY.end) return typed.join('')
      // In raw mode the terminal makes no signal of Ctrl-C.
      if (key === KEY.interrupt) process.kill(process.pid, 'SIGINT')
      else if (key === KEY.clear) typed = []
      else if (key === KEY.erase[0] || key === KEY.erase[1]) typed.pop()
      else if (key >= ' ') typed.push(key)
    }
  }
  return typed.join('')
}
