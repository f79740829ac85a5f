/** Where the local deployment's events meet: pipelines emit, the console's streams listen, unfinished uploads are remembered. */
import type { Events, SafelightEvent, StepEvent } from '../../shared/platform/ports.ts'
import type { ConsoleEvent } from '../console/api.ts'

export interface Hub extends Events {
  /** @returns how to stop listening */
  listen(listener: (event: ConsoleEvent) => void): () => void
  publish(event: ConsoleEvent): void
  /** The latest step of every upload that isn't finished. */
  unfinished(): readonly StepEvent[]
}

/** An upload whose end was never told is forgotten when this many others came after it. */
const REMEMBERED = 1000

export function createHub(): Hub {
  const listeners = new Set<(event: ConsoleEvent) => void>()
  const latest = new Map<string, StepEvent>()

  function remember(event: StepEvent): void {
    latest.delete(event.upload)
    if (event.step === 'erased' || event.step === 'failed') return
    latest.set(event.upload, event)
    const oldest = latest.keys().next().value
    if (latest.size > REMEMBERED && oldest !== undefined) latest.delete(oldest)
  }

  function publish(event: ConsoleEvent): void {
    // A listener that fails (a closed connection) is its own problem.
    for (const listener of listeners) {
      try {
        listener(event)
      } catch {
        listeners.delete(listener)
      }
    }
  }

  return {
    emit(event: SafelightEvent) {
      if (event.type === 'step') remember(event)
      publish(event)
    },
    publish,
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    unfinished: () => [...latest.values()],
  }
}
