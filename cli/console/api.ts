/**
 * The console's HTTP interface, as types that the page and the server share so that they can't drift. Every call under
 * `/api` carries `Authorization: Bearer TOKEN`, the token from the fragment of the URL that `serve` printed. Errors are
 * `{ "error": string, "hint"?: string }` with a 4xx or 5xx status. Ids are opaque; names and labels appear only in
 * `ObjectDetail.sealed`, which the server decrypts for an authorised reader.
 */
import type { AccessEvent, RenditionKind, StepEvent } from '../../shared/platform/ports.ts'

export type TierName = 'public' | 'internal' | 'confidential' | 'restricted'

/** GET /api/status */
export interface Status {
  readonly version: string
  /** Where to drop files; null when there is no drop folder. */
  readonly dropFolder: string | null
  readonly linkOrigin: string
  /** What is wrong or unfinished, with its mend: `keys backup` not run, models refused, ... */
  readonly warnings: readonly { readonly text: string; readonly hint: string }[]
  readonly threat: 'normal' | 'elevated' | 'severe'
  readonly queued: number
}

/** POST /api/uploads, body = the file's bytes, header `X-File-Name` = percent-encoded UTF-8 name. 202, or 413 over the limit. */
export interface UploadAccepted {
  /** The id that step events of this upload carry. */
  readonly upload: string
}

/** POST /api/samples seals the three bundled pictures. */
export interface SamplesAccepted {
  readonly uploads: readonly { readonly upload: string; readonly name: string }[]
}

/**
 * GET /api/events?since=TIME: newline-delimited JSON that never ends. Starts with how the latest uploads ended (at most 200)
 * since TIME (ISO 8601, the server's clock; none without it), the last steps of unfinished ones, and `replayed`.
 */
export type ConsoleEvent =
  | StepEvent
  | { readonly type: 'replayed' }
  | { readonly type: 'access'; readonly access: AccessEvent }
  | { readonly type: 'changed'; readonly what: 'objects' | 'links' | 'failed' | 'status' }
  | { readonly type: 'ping' }

/** GET /api/objects?limit=60&after=ID, newest first. */
export interface ObjectSummary {
  readonly id: string
  readonly tier: TierName
  /** Plaintext length in bytes. */
  readonly size: number
  /** ISO 8601. */
  readonly created: string
  readonly renditions: readonly RenditionKind[]
}
export interface ObjectList {
  readonly objects: readonly ObjectSummary[]
  readonly next: string | null
}

/** GET /api/objects/ID: decrypts the sealed metadata, and is recorded as a read. */
export interface ObjectDetail extends ObjectSummary {
  readonly format: 'SLV1'
  readonly suite: number
  readonly sealedSize: number
  readonly headerBytes: number
  readonly chunks: number
  /** What a link to it may be at most now: its tier's limits as the threat level tightens them. */
  readonly limits: {
    readonly maxTtlSeconds: number
    readonly maxUses: number
    /** People who must agree before a link is made. */
    readonly approvals: number
  }
  /** The envelope in use: the newest, which lies beside the object once it was made anew. */
  readonly envelope: {
    /** How often it was made anew; not the generation of a key. */
    readonly generation: number
    readonly recipients: readonly { readonly kind: string; readonly kemKeyId: string; readonly kmsKeyId: string }[]
  }
  readonly sealed: {
    readonly name: string | null
    readonly mediaType: string
    readonly width: number | null
    readonly height: number | null
    readonly uploader: string | null
    /** 0..1 */
    readonly score: number | null
    readonly reasons: readonly string[]
    readonly detections: readonly {
      readonly kind: string
      readonly score: number
      /** Fractions 0..1 of the oriented picture. */
      readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number } | null
    }[]
    readonly sha256: string
    readonly chaos: { readonly map: string; readonly parameters: readonly number[] } | null
  }
}

/**
 * GET /api/objects/ID/content?rendition=original|preview|display: decrypted bytes, recorded as a read.
 * GET /api/objects/ID/noise: up to 64 KiB of the sealed body as it is stored, for drawing noise and its histogram.
 * DELETE /api/objects/ID: 204.
 */

/** POST /api/objects/ID/links */
export interface LinkRequest {
  readonly ttlSeconds: number
  readonly uses: number
  readonly rendition: 'original' | RenditionKind
}
export interface LinkCreated {
  readonly url: string
  /** ISO 8601. */
  readonly expires: string
  readonly link: string
}

/** GET /api/links and GET /api/objects/ID/links, newest first; POST /api/links/LINK/revoke: 204. Urls are never shown again. */
export interface LinkSummary {
  readonly link: string
  readonly objectId: string
  readonly rendition: 'original' | RenditionKind
  readonly created: string
  readonly expires: string
  readonly uses: number
  readonly usesLeft: number
  readonly state: 'active' | 'expired' | 'used-up' | 'revoked'
}
export interface LinkList {
  readonly links: readonly LinkSummary[]
}

/** GET /api/accesses?limit=50, newest first. */
export interface AccessList {
  readonly accesses: readonly AccessEvent[]
}

/** GET /api/failed; POST /api/failed/ID/retry: 202. */
export interface FailedItem {
  readonly id: string
  readonly upload: string
  readonly stage: 'seal' | 'verify'
  /** A short code such as `verification-failed`. */
  readonly reason: string
  /** What a person can do about it. */
  readonly hint: string
  readonly attempts: number
  readonly time: string
}
export interface FailedList {
  readonly failed: readonly FailedItem[]
}
