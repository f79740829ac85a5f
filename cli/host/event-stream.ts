/** The console's live events as newline-delimited JSON that never ends: what was missed first, then what happens. */
import type { Context } from 'hono'
import type { ConsoleEvent } from '../console/api.ts'
import type { Hub } from './hub.ts'

const PING_MS = 15_000
/** A reader that falls this far behind is let go: it comes back and starts from what is unfinished. */
const MOST_BEHIND = 1000

/** @param since ISO 8601: also tells how uploads ended since then, so that who was away knows */
export function eventStream(c: Context, hub: Hub, since?: string): Response {
  let stop = () => {}
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const encoder = new TextEncoder()
        const push = (event: ConsoleEvent): void => {
          if ((controller.desiredSize ?? 0) <= 0) {
            stop()
            controller.close()
            return
          }
          controller.enqueue(encoder.encode(`${JSON.stringify(event)}\n`))
        }
        const unlisten = hub.listen(push)
        const timer = setInterval(() => push({ type: 'ping' }), PING_MS)
        stop = () => {
          clearInterval(timer)
          unlisten()
        }
        push({ type: 'ping' })
        const from = since === undefined ? Number.NaN : Date.parse(since)
        for (const event of hub.ended()) if (Date.parse(event.time) >= from) push(event)
        for (const event of hub.unfinished()) push(event)
        push({ type: 'replayed' })
      },
      cancel: () => stop(),
    },
    { highWaterMark: MOST_BEHIND + 1000 },
  )
  c.req.raw.signal.addEventListener('abort', () => stop())
  return new Response(body, { headers: { 'Content-Type': 'application/x-ndjson', 'X-Accel-Buffering': 'no' } })
}
