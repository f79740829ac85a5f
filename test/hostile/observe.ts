/** A server watched from outside while it is attacked: its memory and its sealing process's, by /proc, and how long it takes to answer. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from '../support/server.ts'

const SAMPLE_MS = 20
const ASK_MS = 150
const KIB = 1024

export interface Observed {
  /** MiB above what they took at rest, at most. */
  readonly sealer: number
  readonly server: number
  /** Slowest answer to /api/status, milliseconds. */
  readonly slowest: number
  readonly asked: number
}

export interface Observer {
  /** What is seen while `task` runs. */
  during<T>(task: () => Promise<T>): Promise<{ readonly result: T; readonly seen: Observed }>
}

function field(pid: number, pattern: RegExp): number {
  try {
    return Number(pattern.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** MiB: the kernel's own high-water mark, so that no peak falls between two looks. */
const peakOf = (pid: number) => field(pid, /^VmHWM:\s+(\d+) kB$/m) / KIB
const residentOf = (pid: number) => field(pid, /^VmRSS:\s+(\d+) kB$/m) / KIB

/** As the kernel lists them, thread by thread: cheap enough to ask often. */
function childrenOf(parent: number): number[] {
  try {
    const threads = readdirSync(`/proc/${parent}/task`)
    const lists = threads.map((thread) => readFileSync(`/proc/${parent}/task/${thread}/children`, 'utf8'))
    return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number))
  } catch {
    return []
  }
}

function lowerMark(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
  } catch {
    // It is gone: the next one starts with a mark of its own.
  }
}

/** @param server at rest, having sealed something already: models are loaded once. @throws where there is no /proc */
export function observe(server: Server): Observer {
  const rest = { server: residentOf(server.pid), sealer: Math.max(0, ...childrenOf(server.pid).map(residentOf)) }
  if (rest.server === 0 || rest.sealer === 0)
    throw new Error('memory is read from /proc: there is none, or no sealing process')
  return {
    async during(task) {
      let [most, mostOfServer, slowest, asked] = [0, 0, 0, 0]
      let running = true
      for (const pid of [server.pid, ...childrenOf(server.pid)]) lowerMark(pid)
      const look = () => {
        mostOfServer = Math.max(mostOfServer, peakOf(server.pid))
        for (const pid of childrenOf(server.pid)) most = Math.max(most, peakOf(pid))
      }
      const watching = (async () => {
        while (running) {
          look()
          await sleep(SAMPLE_MS)
        }
      })()
      const asking = (async () => {
        while (running) {
          const started = performance.now()
          await (await server.api('/api/status')).arrayBuffer()
          slowest = Math.max(slowest, performance.now() - started)
          asked += 1
          await sleep(ASK_MS)
        }
      })()
      try {
        const result = await task()
        look()
        return { result, seen: { sealer: most - rest.sealer, server: mostOfServer - rest.server, slowest, asked } }
      } finally {
        running = false
        await Promise.all([watching, asking])
      }
    },
  }
}
