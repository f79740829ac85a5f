/**
 * What the product needs of the world, in the product's words. Rooms import this file and no provider;
 * `local/` and `aws/` provide it, and one contract test a port runs against every provider.
 */

// ---- errors that cross the border ----------------------------------------------------------------------------------

/** Whatever doesn't verify: one error, one message, so that an attacker learns nothing from which check failed. */
export class AuthenticationFailed extends Error {
  override readonly name = 'AuthenticationFailed'
  constructor() {
    super('authentication failed')
  }
}

/** A service didn't answer. Retrying later may help; nothing is known about the data. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
  /** What to do about it, in fixed words: logs may repeat it. A message may name what it is about, so logs leave that out. */
  readonly advice: string | undefined
  constructor(message?: string, { advice, ...options }: ErrorOptions & { readonly advice?: string } = {}) {
    super(message, options)
    this.advice = advice
  }
}

/** The vault does not hold what the catalogue names. Putting it back from a backup helps; trying again alone doesn't. */
export class ObjectMissing extends Unavailable {
  constructor() {
    super('a sealed object is missing from the vault')
  }
}

/** An upload lies in an archive. Restoring it helps; trying again alone doesn't. */
export class Archived extends Unavailable {
  constructor() {
    super('the upload lies in an archive: restore it (aws s3api restore-object), then safelight redrive')
  }
}

/** Object Lock keeps this version, until then (milliseconds since 1970) as far as that may be asked. Waiting helps. */
export class Locked extends Unavailable {
  readonly until: number | undefined
  constructor(until?: number) {
    super('Object Lock keeps it for now', { advice: 'wait until the lock is over; safelight erase bypasses it' })
    this.until = until
  }
}

// ---- cryptographic primitives: passed in, so that chaos, keys and vault run in browsers ----------------------------

/** ML-KEM parameter set (FIPS 203). */
export type KemLevel = 768 | 1024

export interface Kem {
  /** FIPS 203 ML-KEM.Encaps with fresh randomness. `publicKey` 1184 or 1568 bytes; `ciphertext` 1088 or 1568; `sharedSecret` 32. */
  encapsulate(level: KemLevel, publicKey: Uint8Array): { ciphertext: Uint8Array; sharedSecret: Uint8Array }
}

/** An AEAD under one key. Nonces are 12 bytes, tags 16 and appended. `open` returns undefined when the tag is wrong. */
export interface Aead {
  seal(nonce: Uint8Array, plaintext: Uint8Array, aad?: Uint8Array): Uint8Array
  open(nonce: Uint8Array, ciphertext: Uint8Array, aad?: Uint8Array): Uint8Array | undefined
}

export interface StreamingHash {
  update(data: Uint8Array): void
  /** Once, at the end. */
  digest(): Uint8Array
}

export interface Primitives {
  readonly kem: Kem
  sha256Stream(): StreamingHash
  hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array
  /** Fresh random bytes from the system's CSPRNG. */
  random(length: number): Uint8Array
  sha256(...parts: readonly Uint8Array[]): Uint8Array
  sha512(...parts: readonly Uint8Array[]): Uint8Array
  hmacSha512(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array
  aes256Gcm(key: Uint8Array): Aead
  aes256GcmSiv(key: Uint8Array): Aead
}

// ---- keys ----------------------------------------------------------------------------------------------------------

/** AWS KMS's encryption context: authenticated, logged by AWS, never secret. */
export type EncryptionContext = Readonly<Record<string, string>>

/** The half of the key service that sealing holds. */
export interface DataKeys {
  /** 32 fresh bytes and their wrapped form, as KMS GenerateDataKey(AES_256). @throws Unavailable */
  generateDataKey(context: EncryptionContext): Promise<{ keyId: string; plaintext: Uint8Array; blob: Uint8Array }>
}

/** The half that opening holds. */
export interface KeyService extends DataKeys {
  /** The allow-list: ids of the keys that may unwrap now, whatever an object says. @throws Unavailable */
  allowed(): Promise<readonly string[]>
  /** @returns the data key and the id of the key that really unwrapped it. @throws AuthenticationFailed, Unavailable */
  decrypt(
    keyId: string,
    blob: Uint8Array,
    context: EncryptionContext,
  ): Promise<{ keyId: string; plaintext: Uint8Array }>
}

export interface KemPublicKey {
  /** Opaque id, printable ASCII, at most 256 bytes; names the generation, not the level. */
  readonly keyId: string
  readonly generation: number
  readonly level: KemLevel
  readonly publicKey: Uint8Array
}

/** What sealing pins: public keys alone. */
export interface KemPublicKeys {
  /** The current generation's key. @throws Unavailable until `keys init` has published one */
  current(level: KemLevel): Promise<KemPublicKey>
}

/** What opening holds. Two custodies behind one port: a seed in a secret, or AWS KMS's own ML-KEM keys. */
export interface KemCustody {
  /** The public key that belongs to the private key held here, or undefined when there is no such key. */
  publicKey(keyId: string, level: KemLevel): Promise<Uint8Array | undefined>
  /** FIPS 203 ML-KEM.Decaps: a wrong ciphertext gives a wrong secret, never an error. @throws Unavailable */
  decapsulate(keyId: string, level: KemLevel, ciphertext: Uint8Array): Promise<Uint8Array>
}

/** Symmetric secrets of this deployment that aren't data keys. */
export interface Secrets {
  /** HMAC key for link tokens: the current one, or that of a key id (0-255); undefined when there is none. */
  linkKey(kid?: number): Promise<{ kid: number; key: Uint8Array } | undefined>
  /** HMAC key under which the catalogue indexes sources, so that it never holds a name. */
  indexKey(): Promise<Uint8Array>
}

// ---- objects -------------------------------------------------------------------------------------------------------

export type Bucket = 'intake' | 'vault'

/** The unit of work: one version of one key. */
export interface ObjectRef {
  readonly bucket: Bucket
  readonly key: string
  readonly versionId: string
}

/** What a listing says. */
export interface ObjectVersion extends ObjectRef {
  readonly size: number
  /** Milliseconds since 1970, by the provider's clock and no finer than it; what `put` says is the caller's. */
  readonly modified: number
}

/** S3's version of what lies there without one of its own: from before versioning was on, or while it is suspended. */
export const UNVERSIONED = 'null'

export interface ObjectInfo extends ObjectVersion {
  /** Of such an upload. `replaceable`: the next one takes its place, id and all. Erased by its `tag`, what came since stays. */
  readonly unversioned?: { readonly tag: string; readonly replaceable: boolean }
  /** What the uploader said (content type, file name, uploader). Plaintext like the upload, and erased with it. */
  readonly metadata: Readonly<Record<string, string>>
}

/** Inclusive byte range, as HTTP's. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

export type Chunks = AsyncIterable<Uint8Array>

/** What opening and sealing need of a bucket: they can't erase. */
export interface ReadableObjects {
  /** Undefined when there is no such object or version (a missing `versionId` means the latest). */
  head(bucket: Bucket, key: string, versionId?: string): Promise<ObjectInfo | undefined>
  /** Streams exactly the range asked for. @throws Unavailable, or NotFound as undefined */
  get(ref: ObjectRef, range?: ByteRange): Promise<Chunks | undefined>
}

export interface Objects extends ReadableObjects {
  /**
   * All or nothing: whoever lists or reads sees the whole object or none, also after a crash, and a `body` that throws
   * leaves nothing. With `ifAbsent`, `undefined` says that the key was taken (S3's If-None-Match: *).
   * Parts of `body` are lent: whoever needs one after asking for the next copies it. With `size`, the body's length where
   * it is known, a body of another length leaves nothing. A key of the vault, and every local one, is 1-512 characters
   * of A-Z a-z 0-9 . _ / - without a `..` part; S3's intake has the keys that uploaders gave it.
   * @throws RangeError for such a key, body or metadata; Unavailable, which may also mean stored and not heard of
   */
  put(
    bucket: Bucket,
    key: string,
    body: Chunks,
    options?: { readonly ifAbsent?: boolean; readonly metadata?: ObjectInfo['metadata']; readonly size?: number },
  ): Promise<ObjectInfo | undefined>
  /** Every version with `prefix`, after `afterKey` or this version of it, by key in UTF-8's byte order, newest first in one. */
  versions(
    bucket: Bucket,
    options?: { readonly prefix?: string; readonly afterKey?: string; readonly afterVersion?: string },
  ): AsyncIterable<ObjectVersion>
  /** Removes this version for good. Erasing what is gone succeeds. @throws Locked, Unavailable */
  erase(ref: ObjectRef & Pick<ObjectInfo, 'unversioned'>): Promise<void>
}

// ---- catalogue -----------------------------------------------------------------------------------------------------

export type RenditionKind = 'preview' | 'display'

/** Where one sealed object lies, and what a catalogue reader expects of it. */
export interface SealedRef {
  /** 32 lower-case hex digits. */
  readonly id: string
  readonly versionId: string
  readonly size: number
  readonly plaintextLength: number
  /** SHA-256(H0 || salt || commitment), hex: one object can't be put in another's place. */
  readonly headDigest: string
}

export interface RenditionRow extends SealedRef {
  readonly kind: RenditionKind
  readonly envelopeGeneration: number
}

/** One committed object. Only what may be in the clear: tier, sizes, times, opaque ids. */
export interface ObjectRow extends SealedRef {
  /** 0 public .. 3 restricted. */
  readonly tier: number
  /** Milliseconds since 1970. */
  readonly created: number
  readonly committed: number
  /** HMAC of (bucket, key, version), hex: the unit of work that this object is of. */
  readonly source: string
  /** HMAC of (bucket, key), hex: the name that points to the highest sequencer. */
  readonly name: string
  readonly sequencer: string
  /** Which envelope opens it: 0 the embedded one, higher ones lie beside it (docs/FORMAT.md section 6.3). */
  readonly envelopeGeneration: number
  readonly renditions: readonly RenditionRow[]
}

export interface LinkRow {
  /** 32 lower-case hex digits. */
  readonly linkId: string
  readonly objectId: string
  readonly rendition: RenditionKind | 'original'
  readonly kid: number
  /** Milliseconds since 1970. */
  readonly created: number
  readonly notBefore: number
  readonly expires: number
  readonly uses: number
  readonly usesLeft: number
  readonly revoked: boolean
  readonly principal: string
}

/** The native access event: the wire form of `watch` and of the access log. */
export interface AccessEvent {
  readonly id: string
  /** ISO 8601, UTC. */
  readonly time: string
  readonly principal: string
  readonly session?: string
  readonly action: 'read' | 'list' | 'delete' | 'link'
  /** Object id, or '-' for a list. */
  readonly object: string
  readonly rendition?: string
  readonly link?: string
  /** HTTP status. */
  readonly status: number
  readonly bytes: number
  readonly ip: string
  readonly asn?: number
  readonly country?: string
  readonly userAgent?: string
}

export interface SpendResult {
  readonly outcome: 'spent' | 'missing' | 'revoked' | 'expired' | 'early' | 'used-up'
}

/** A page of what is listed newest first. */
export interface Page {
  /** Id of the last one of the page before. What it names may be gone by now; an id that never was gives an empty page. */
  readonly after?: string
  /** 100 unless told. A page that holds fewer is the last one. */
  readonly limit?: number
}

/** Ids that begin so, and come behind that one; all of them where neither is said. */
export interface IdStretch {
  /** At most 32 hex digits. */
  readonly prefix?: string | undefined
  /** One that begins with `prefix`; there need be no such object. */
  readonly after?: string | undefined
}

/**
 * Reads by id or index, `every()` and the links of one object see whatever was written before them. `objects()`, all
 * links together and `accesses()` are for people: what was written in the last seconds may be missing there.
 */
export interface Catalogue {
  /** First writer for a source wins, later ones learn the winner: none where it was forgotten for good. Names move forward. */
  commit(row: ObjectRow): Promise<{ readonly winner: string | undefined }>
  object(id: string): Promise<ObjectRow | undefined>
  /** Whether what was committed under this source or name (their HMACs) was forgotten for good. */
  wasForgotten(index: string): Promise<boolean>
  /** Counts an attempt (its object's id) at the version hashed as `of`, once, as one that didn't verify; `pardon` forgets all. */
  refuse(of: string, attempt: string): Promise<void>
  refused(of: string): Promise<number>
  pardon(of: string): Promise<void>
  /** The object that this source was committed as. */
  bySource(source: string): Promise<string | undefined>
  /** Newest first; `after` an object's id. */
  objects(page?: Page): Promise<readonly ObjectRow[]>
  /** All that were committed before this began, in the order of their ids, without some forgotten or committed meanwhile. */
  every(stretch?: IdStretch): AsyncIterable<ObjectRow>
  /**
   * One conditional update: the object, or that rendition of it (`sealedId`), goes from this envelope generation to that
   * one. @returns false when it isn't at `from`, or isn't there: somebody else was faster
   */
  moveEnvelope(objectId: string, sealedId: string, from: number, to: number): Promise<boolean>
  /**
   * Forgets the object and revokes its links, for good unless `again`: no later attempt at the same upload is committed
   * any more. No link is added to it from then on; killed before all are revoked, it is to be called again. Forgetting
   * what is gone succeeds.
   */
  forget(id: string, options?: { readonly again?: boolean }): Promise<void>

  /** @returns false when there is no such object (any more). @throws RangeError when there is a link of this id */
  addLink(row: LinkRow): Promise<boolean>
  link(linkId: string): Promise<LinkRow | undefined>
  /** Newest first; `after` a link's id. */
  links(page?: Page & { readonly objectId?: string }): Promise<readonly LinkRow[]>
  /** @returns false when there is no such link. Revoking twice succeeds. */
  revoke(linkId: string): Promise<boolean>
  /**
   * One conditional update: exists, not revoked, within its time, uses left; and the access event in the same
   * transaction. No row, no bytes. On refusal nothing changes and no event is written.
   * @throws RangeError when there is an event of this id, which gives the use back
   */
  spend(linkId: string, now: number, event: AccessEvent): Promise<SpendResult>

  /** Appends; the same event id twice is one event. */
  record(event: AccessEvent): Promise<void>
  /** Newest first; `after` an event's id. */
  accesses(page?: Page & { readonly object?: string }): Promise<readonly AccessEvent[]>
}

// ---- events, time --------------------------------------------------------------------------------------------------

export const STEPS = [
  'received',
  'inspect',
  'preprocess',
  'assess',
  'decide',
  'encrypt',
  'stored',
  'verify',
  'committed',
  'erased',
] as const
export type Step = (typeof STEPS)[number]

/** One upload moves on. Opaque ids only: no name, no label. */
export interface StepEvent {
  readonly type: 'step'
  readonly time: string
  /** Opaque: the intake key where that is random, else what `uploadIdOf` makes of it. */
  readonly upload: string
  readonly step: Step | 'failed'
  readonly objectId?: string
  readonly tier?: number
  /** 0..1 within the step, where it is known. */
  readonly progress?: number
  /** A short code for people and scripts, such as `verification-failed`. */
  readonly reason?: string
}

export interface ReadEvent {
  readonly type: 'access'
  readonly access: AccessEvent
}

export type SafelightEvent = StepEvent | ReadEvent

export interface Events {
  /** Best effort, never throws: what must not be lost goes through the catalogue. */
  emit(event: SafelightEvent): void
  /** Sends what is still held back. Never throws. A function awaits it before it answers: what runs it stops at once. */
  flush(): Promise<void>
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
}
