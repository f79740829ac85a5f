/** Ports that fail at their n-th call, as a process that is killed before it, and so after the one before, would. */
import type { Chunks } from '../../shared/platform/ports.ts'
import type { Ports } from '../support/world.ts'

/** Stands for the end of the process: nothing may catch it and go on. */
export class Crash extends Error {
  override readonly name = 'Crash'
}

export interface Fault {
  readonly ports: Ports
  /** Calls made so far, such as `objects.put`. */
  readonly calls: string[]
}

type Method = (...args: never[]) => unknown

/** @param at the call that fails, 1 for the first; 0 for none */
export function faultAt(ports: Ports, at: number): Fault {
  const calls: string[] = []
  let dead = false

  async function counted<T>(name: string, call: () => Promise<T>): Promise<T> {
    if (dead) throw new Crash('a dead process calls nothing')
    calls.push(name)
    const strikes = calls.length === at
    if (strikes) dead = true
    if (strikes) throw new Crash(name)
    return call()
  }

  async function* striking(name: string, stream: Chunks): Chunks {
    for await (const part of stream) yield await counted(`${name} (a piece)`, async () => part)
  }

  function wrap<T extends object>(name: string, port: T): T {
    return new Proxy(port, {
      get(target, key) {
        const method: unknown = Reflect.get(target, key)
        if (typeof method !== 'function' || key === 'versions' || key === 'every') return method
        const called = `${name}.${String(key)}`
        return async (...args: never[]) => {
          const result = await counted(called, async () => (method as Method).apply(target, args))
          return called === 'objects.get' && result ? striking(called, result as Chunks) : result
        }
      },
    })
  }

  const { keyring } = ports
  return {
    calls,
    ports: {
      ...ports,
      objects: wrap('objects', ports.objects),
      catalogue: wrap('catalogue', ports.catalogue),
      kem: wrap('kem', ports.kem),
      dataKeys: wrap('dataKeys', ports.dataKeys),
      secrets: wrap('secrets', ports.secrets),
      keyring: {
        ...keyring,
        custody: wrap('custody', keyring.custody),
        keyService: wrap('keyService', keyring.keyService),
      },
    },
  }
}
