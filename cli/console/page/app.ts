// What every view is given: the state that outlives views, and how a view is made.
import type { AccessEvent } from '../../../shared/platform/ports.ts'
import type { FailedItem, Status } from '../api.ts'
import type { Cell } from './cell.ts'
import type { EventStream } from './events.ts'
import type { ObjectStore } from './objects.ts'
import type { Uploads } from './uploads.ts'

/** A list that may still be loading or have failed to. */
export type Loaded<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'error'; readonly error: unknown }

export interface App {
  readonly stream: EventStream
  readonly uploads: Uploads
  readonly objects: ObjectStore
  readonly status: Cell<Status | null>
  readonly failed: Cell<Loaded<readonly FailedItem[]>>
  readonly accesses: Cell<Loaded<readonly AccessEvent[]>>
  reloadFailed(): void
  reloadAccesses(): void
}

/** A view lives until `signal` aborts, and cleans up then. */
export type View = (app: App, signal: AbortSignal) => { readonly title: string; readonly node: HTMLElement }
