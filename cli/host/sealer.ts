/**
 * Runs the seal function in a process of its own, as Lambda would: one invocation at a time, ended when it takes too
 * long, started anew when it died.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { DataKeys, Events, KemPublicKeys } from '../../shared/platform/ports.ts'
import { fromSealer, type SealerResult, type SealerSettings, type ToSealer, withBase64 } from './messages.ts'

// Permissions are checked on real paths.
const PROJECT = realpathSync(resolve(import.meta.dirname, '..', '..'))
/** The program, and nothing else that may lie in the checkout. */
const PROGRAM = ['cli', 'functions', 'shared', 'node_modules', 'package.json']
/** The longest a sealing may take: most of it is a slow disk's. */
const TIMEOUT_MS = 10 * 60_000

export interface SealerPorts {
  readonly kem: KemPublicKeys
  readonly dataKeys: DataKeys
  readonly events: Events
}

/** Too long or too much memory is a file's own doing; a process that just ended may have been ended by anybody. */
export type SealerAnswer = SealerResult | { readonly died: 'sealer-died' | 'timeout' | 'too-much-memory' }

export interface Sealer {
  /** What is wrong with the models, as the last process that started found; empty when all are well. The first is waited for. */
  problems(): Promise<readonly string[]>
  invoke(event: unknown): Promise<SealerAnswer>
  stop(): Promise<void>
}

function start(settings: SealerSettings): ChildProcess {
  const program = PROGRAM.map((name) => realpathSync(join(PROJECT, name)))
  const readable = [...program, settings.objects, settings.models]
  return fork(join(import.meta.dirname, 'seal-process.ts'), {
    serialization: 'json',
    env: { PATH: process.env.PATH, TZ: 'UTC' },
    execArgv: [
      '--disable-warning=ExperimentalWarning',
      '--disable-warning=SecurityWarning',
      '--permission',
      '--allow-addons',
      ...readable.map((path) => `--allow-fs-read=${path}`),
      `--allow-fs-write=${join(settings.objects, 'vault')}`,
      '--disable-sigusr1',
    ],
    cwd: PROJECT,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

/** A message to a process that is gone is lost; its end is told by 'exit'. */
function tell(child: ChildProcess, message: ToSealer): void {
  if (child.connected) child.send(message, () => {})
}

export function createSealer(settings: SealerSettings, ports: SealerPorts, timeoutMs = TIMEOUT_MS): Sealer {
  let running: { child: ChildProcess; ready: Promise<readonly string[]> } | undefined
  let pending: { id: number; child: ChildProcess; resolve: (answer: SealerAnswer) => void } | undefined
  let invocations = 0
  let problems: readonly string[] | undefined

  async function answer(child: ChildProcess, call: number, ask: () => Promise<object>): Promise<void> {
    try {
      tell(child, { type: 'answer', call, value: withBase64(await ask()) })
    } catch (error) {
      tell(child, { type: 'refusal', call, message: error instanceof Error ? error.message : 'refused' })
    }
  }

  function settle(result: SealerAnswer): void {
    pending?.resolve(result)
    pending = undefined
  }

  /** Its end is told later: what comes next must not be sent to it. */
  function forget(child: ChildProcess): void {
    if (running?.child === child) running = undefined
  }

  function kill(child: ChildProcess, died: 'timeout' | 'too-much-memory'): void {
    if (pending?.child === child) settle({ died })
    forget(child)
    child.kill('SIGKILL')
  }

  function ensure(): { child: ChildProcess; ready: Promise<readonly string[]> } {
    if (running) return running
    const child = start(settings)
    const ready = new Promise<readonly string[]>((resolveReady, rejectReady) => {
      function ended(): void {
        forget(child)
        rejectReady(new Error('the sealing process ended before it was ready'))
        if (pending?.child === child) settle({ died: 'sealer-died' })
      }
      child.on('message', (said) => {
        const message = fromSealer.safeParse(said).data
        // Not ours: somebody else speaks through it.
        if (!message) child.kill('SIGKILL')
        else if (message.type === 'ready') {
          problems = message.problems
          resolveReady(problems)
        } else if (message.type === 'event') ports.events.emit(message.event)
        else if (message.type === 'current') void answer(child, message.call, () => ports.kem.current(message.level))
        else if (message.type === 'generateDataKey') {
          void answer(child, message.call, () => ports.dataKeys.generateDataKey(message.context))
        } else if (message.type === 'excess') kill(child, message.what === 'time' ? 'timeout' : 'too-much-memory')
        else if (message.id === pending?.id) {
          if (message.worn) {
            forget(child)
            child.disconnect()
          }
          settle(message.result)
        }
      })
      child.once('exit', ended)
      // It could not be started, or not be written to.
      child.on('error', ended)
    })
    // Whoever waits for it is told; without a waiter nobody needs to be.
    ready.catch(() => {})
    tell(child, { type: 'settings', settings })
    running = { child, ready }
    return running
  }

  return {
    // Whoever asks how we are must not wait for a process that a picture ended.
    problems: async () => problems ?? ensure().ready,
    async invoke(event) {
      const { child, ready } = ensure()
      try {
        await ready
      } catch {
        return { died: 'sealer-died' }
      }
      const id = invocations++
      const result = new Promise<SealerAnswer>((resolveResult) => {
        pending = { id, child, resolve: resolveResult }
      })
      tell(child, { type: 'invoke', id, event })
      const timer = setTimeout(() => kill(child, 'timeout'), timeoutMs)
      try {
        return await result
      } finally {
        clearTimeout(timer)
      }
    },
    async stop() {
      const child = running?.child
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      if (child.connected) child.disconnect()
      await ended
    },
  }
}
