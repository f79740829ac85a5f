/** Where the local deployment's events meet: pipelines emit, the console's streams listen, unfinished uploads are remembered. */
import type { Events, SafelightEvent, StepEvent } from '../../shared/platform/ports.ts'
import type { ConsoleEvent } from '../console/api.ts'

export interface Hub extends Events {
  /** @returns how to stop listening */
  listen(listener: (event: ConsoleEvent) => void): () => void
  publish(event: ConsoleEvent): void
  /** The latest step of every upload that isn't finished. */
  unfinished(): readonly StepEvent[]
  /** How the latest uploads ended, at most 200, in order. */
  ended(): readonly StepEvent[]
}

/** An upload whose end was never told is forgotten when this many others came after it. */
const REMEMBERED = 1000
const ENDS_REMEMBERED = 200

function forgetOldest(uploads: Map<string, unknown> | Set<string>, most = REMEMBERED): void {
  const oldest = uploads.keys().next().value
  if (uploads.size > most && oldest !== undefined) uploads.delete(oldest)
}

export function createHub(): Hub {
  const listeners = new Set<(event: ConsoleEvent) => void>()
  const latest = new Map<string, StepEvent>()
  const erased = new Set<string>()
  const ends = new Map<string, StepEvent>()

  function remember(event: StepEvent): void {
    latest.delete(event.upload)
    if (event.step === 'erased') {
      erased.add(event.upload)
      forgetOldest(erased)
    }
    // What is tried again has not ended; what was erased has, whatever a second attempt says.
    if (event.step === 'erased' || !erased.has(event.upload)) {
      ends.delete(event.upload)
      if (event.step === 'erased' || event.step === 'failed') ends.set(event.upload, event)
      forgetOldest(ends, ENDS_REMEMBERED)
    }
    // A second attempt may still be at work on what is done: that is no reason to show it as unfinished for ever.
    if (event.step === 'failed' || erased.has(event.upload)) return
    latest.set(event.upload, event)
    forgetOldest(latest)
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
    flush: async () => {},
    publish,
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    unfinished: () => [...latest.values()],
    ended: () => [...ends.values()],
  }
}
