/**
 * Steps and access events on EventBridge. They are held back and sent ten at a time, the most that one call takes;
 * whoever awaits `flush` before answering loses none to a function that is stopped. Best effort all the same: what must
 * not be lost is in the catalogue.
 */
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import type { Events, SafelightEvent } from '../ports.ts'
import { type AwsSettings, clientConfig } from './settings.ts'

export const EVENT_SOURCE = 'safelight'
export const DETAIL_TYPES = { step: 'Safelight Step', access: 'Safelight Access' } as const satisfies Record<
  SafelightEvent['type'],
  string
>

/** The service's limit. */
const BATCH = 10
/** Held back at most; then the oldest go without. */
const MOST_HELD = 1_000

export interface EventBridgeOptions {
  /** Told how many events were lost. */
  readonly onLost?: (count: number) => void
}

function entryOf(bus: string, event: SafelightEvent): PutEventsRequestEntry {
  const time = event.type === 'step' ? event.time : event.access.time
  const detail = event.type === 'step' ? event : event.access
  return {
    EventBusName: bus,
    Source: EVENT_SOURCE,
    DetailType: DETAIL_TYPES[event.type],
    Time: new Date(time),
    Detail: JSON.stringify(detail),
  }
}

/** @param bus name or ARN of the event bus */
export function openEventBridge(
  bus: string,
  settings: AwsSettings = {},
  { onLost = () => {} }: EventBridgeOptions = {},
): Events {
  const client = new EventBridgeClient(clientConfig(settings))
  const held: PutEventsRequestEntry[] = []

  async function send(Entries: PutEventsRequestEntry[]): Promise<void> {
    try {
      const { FailedEntryCount = 0 } = await client.send(new PutEventsCommand({ Entries }))
      if (FailedEntryCount > 0) onLost(FailedEntryCount)
    } catch {
      onLost(Entries.length)
    }
  }

  return {
    emit(event) {
      if (held.length >= MOST_HELD) {
        held.shift()
        onLost(1)
      }
      held.push(entryOf(bus, event))
    },
    async flush() {
      while (held.length > 0) await send(held.splice(0, BATCH))
    },
  }
}
