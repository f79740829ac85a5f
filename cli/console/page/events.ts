// Reads the server's event stream for as long as the page is open, and says when it can't.
import type { ConsoleEvent } from '../api.ts'
import { type Bus, bus, type Cell, cell } from './cell.ts'
import { call } from './client.ts'
import { jsonLines } from './lines.ts'
import { token } from './session.ts'

export type Connection = 'connecting' | 'live' | 'reconnecting' | 'refused'

const FIRST_WAIT = 500
const LONGEST_WAIT = 15_000
/** The server pings more often than this; silence means that the connection is dead without having been closed. */
const SILENCE = 60_000

export interface EventStream {
  readonly events: Bus<ConsoleEvent>
  readonly connection: Cell<Connection>
  /** Sent after every successful (re)connection: whatever was missed has to be fetched. */
  readonly opened: Bus<'first' | 'again'>
  /** Tries at once instead of waiting. */
  retryNow(): void
}

/** When the server answered, by its own clock, to the second below. */
function startOf(response: Response): string {
  const date = Date.parse(response.headers.get('Date') ?? '')
  return Number.isNaN(date) ? '' : new Date(date).toISOString()
}

export function openEvents(): EventStream {
  const events = bus<ConsoleEvent>()
  const opened = bus<'first' | 'again'>()
  const connection = cell<Connection>('connecting')
  let wake: () => void = () => {}
  let wait = FIRST_WAIT
  let everOpened = false
  /** Server time of the latest step heard, as ISO 8601. */
  let since = ''

  async function readOnce(): Promise<void> {
    const stop = new AbortController()
    let silence = setTimeout(() => stop.abort(), SILENCE)
    try {
      const response = await call(`events${since && `?since=${encodeURIComponent(since)}`}`, { signal: stop.signal })
      if (!response.body) return
      connection.set('live')
      wait = FIRST_WAIT
      opened.send(everOpened ? 'again' : 'first')
      everOpened = true
      // Only the first time: an end between two connections must not be skipped when the second broke before telling it.
      since ||= startOf(response)
      const feed = jsonLines<ConsoleEvent>()
      const reader = response.body.getReader()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        clearTimeout(silence)
        silence = setTimeout(() => stop.abort(), SILENCE)
        for (const event of feed(value)) {
          if (event.type === 'step' && event.time > since) since = event.time
          events.send(event)
        }
      }
    } finally {
      clearTimeout(silence)
    }
  }

  async function run(): Promise<never> {
    for (;;) {
      if (token.get()) await readOnce().catch(() => {})
      connection.set(token.get() ? 'reconnecting' : 'refused')
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait * (0.8 + 0.4 * Math.random()))
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      wait = Math.min(wait * 2, LONGEST_WAIT)
    }
  }

  const retryNow = () => {
    wait = FIRST_WAIT
    wake()
  }
  window.addEventListener('online', retryNow)
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && connection.get() !== 'live') retryNow()
  })
  token.watch(() => retryNow(), new AbortController().signal)
  void run()
  return { events, connection, opened, retryNow }
}
