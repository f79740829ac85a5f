/**
 * OPEN: check the link, spend a use, unwrap, verify and decrypt chunk by chunk. A forged token costs no I/O; a use is
 * spent, and the read recorded, in one transaction before any key is touched: no row, no bytes.
 */
import { hex, text } from '../keys/encoding.ts'
import { isRowOf } from '../links/grant.ts'
import { bodyHeaders, LINK_HEADERS } from '../links/headers.ts'
import { type Refusal, timeRefusal } from '../links/outcome.ts'
import { readToken } from '../links/token.ts'
import { tokenOfPath } from '../links/url.ts'
import type {
  AccessEvent,
  ByteRange,
  Catalogue,
  Clock,
  Events,
  ObjectRow,
  RenditionKind,
  SealedRef,
  Secrets,
} from '../platform/ports.ts'
import type { OpenedObject } from '../vault/open.ts'
import { type Answer, answerTo, plain, refuse } from './answer.ts'
import { parseRange } from './range.ts'
import { VAULT_KEYS } from './source.ts'
import { type OpenPorts, openStored } from './stored.ts'

export interface ReadPorts extends OpenPorts {
  readonly catalogue: Pick<Catalogue, 'object' | 'link' | 'spend' | 'record'>
  readonly secrets: Pick<Secrets, 'linkKey'>
  readonly events: Events
  readonly clock: Clock
}

/** Who asks, as far as the transport knows. */
export interface Caller {
  readonly ip: string
  readonly userAgent?: string
  readonly session?: string
}

export interface LinkReadRequest extends Caller {
  readonly method: string
  /** The request's path, where the token is. */
  readonly path: string
  /** The Range header. */
  readonly range?: string
  /** What the transport can carry in one answer; more is refused before a use is spent. */
  readonly mostBytes?: number
  /** Told which object is asked for, once the token proved to be ours. */
  readonly onObject?: (objectId: string) => void
}

export type Rendition = RenditionKind | 'original'

/** The sealed object that holds this rendition of a committed object, and where it lies. */
export function sealedRef(
  row: ObjectRow,
  rendition: Rendition,
): { ref: SealedRef; key: string; generation: number } | undefined {
  if (rendition === 'original') return { ref: row, key: VAULT_KEYS.object(row.id), generation: row.envelopeGeneration }
  const found = row.renditions.find(({ kind }) => kind === rendition)
  return found && { ref: found, key: VAULT_KEYS.rendition(found.id), generation: found.envelopeGeneration }
}

export function accessEvent(
  ports: Pick<ReadPorts, 'primitives' | 'clock'>,
  caller: Caller,
  what: Pick<AccessEvent, 'principal' | 'action' | 'object' | 'status' | 'bytes'> & Partial<AccessEvent>,
): AccessEvent {
  const { ip, userAgent, session } = caller
  return {
    id: hex(ports.primitives.random(16)),
    time: new Date(ports.clock.now()).toISOString(),
    ip,
    ...(session !== undefined && { session }),
    ...(userAgent !== undefined && { userAgent: userAgent.slice(0, 256) }),
    ...what,
  }
}

/** Everything after the link was checked and spent; also what the owner's own reads go through. */
async function answerWith(opened: OpenedObject, range: ByteRange | undefined): Promise<Answer> {
  const { plaintextLength } = opened.facts
  const headers = {
    ...bodyHeaders(opened.metadata.mediaType, opened.metadata.fileName),
    'Accept-Ranges': 'bytes',
  }
  if (!range) {
    return { status: 200, headers: { ...headers, 'Content-Length': String(plaintextLength) }, body: opened.stream() }
  }
  const { first, last } = range
  return {
    status: 206,
    headers: {
      ...headers,
      'Content-Length': String(last - first + 1),
      'Content-Range': `bytes ${first}-${last}/${plaintextLength}`,
    },
    body: opened.stream(range),
  }
}

function bytesOf(ref: SealedRef, range: ByteRange | undefined): number {
  return range ? range.last - range.first + 1 : ref.plaintextLength
}

/** @throws AuthenticationFailed (what is stored was changed), Unavailable: callers answer 502 and 503 */
export async function readByLink(ports: ReadPorts, request: LinkReadRequest): Promise<Answer> {
  const { method } = request
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'method not allowed\n', { Allow: 'GET, HEAD' })
  const token = tokenOfPath(request.path)
  const claims = token === undefined ? token : await readToken(token, ports.secrets, ports.primitives.hmacSha256)
  if (!claims) return refuse('forged')
  request.onObject?.(claims.objectId)
  const tooEarlyOrLate = timeRefusal(claims, ports.clock.now())
  // One a minute, by its id: whoever holds a link must not push other reads out of the log by what costs no use of it.
  const noteOnce = async (status: number): Promise<void> => {
    const event = accessEvent(ports, request, { ...about, status, bytes: 0 })
    const what = [about.link, method, status, event.time.slice(0, 16), event.ip].join(' ')
    await note(ports, { ...event, id: hex(ports.primitives.sha256(text(what)).subarray(0, 16)) })
  }
  const refused = async (refusal: Refusal): Promise<Answer> => {
    const answer = refuse(refusal)
    await noteOnce(answer.status)
    return answer
  }
  const about = {
    principal: `link:${claims.linkId}`,
    action: 'read',
    object: claims.objectId,
    rendition: claims.rendition,
    link: claims.linkId,
  } as const
  if (tooEarlyOrLate) return refused(tooEarlyOrLate)

  const [link, row] = await Promise.all([ports.catalogue.link(claims.linkId), ports.catalogue.object(claims.objectId)])
  const found = row && sealedRef(row, claims.rendition)
  if (!link) return refused('missing')
  if (link.revoked) return refused('revoked')
  if (link.usesLeft <= 0) return refused('used-up')
  if (!isRowOf(claims, link) || !row || !found) return refused('missing')
  // The token knows a younger envelope than the catalogue does: the catalogue was rolled back (docs/LINKS.md step 10).
  if (row.envelopeGeneration < claims.keyGeneration) return refused('missing')
  if (method === 'HEAD') {
    await noteOnce(200)
    return {
      status: 200,
      headers: { ...LINK_HEADERS, 'Content-Length': String(found.ref.plaintextLength), 'Accept-Ranges': 'bytes' },
    }
  }

  const range = parseRange(request.range, found.ref.plaintextLength)
  if (range === 'unsatisfiable') {
    await noteOnce(416)
    return plain(416, 'the range is not within the file\n', { 'Content-Range': `bytes */${found.ref.plaintextLength}` })
  }
  const { mostBytes = Number.POSITIVE_INFINITY } = request
  if (bytesOf(found.ref, range) > mostBytes) {
    await noteOnce(413)
    return plain(413, `ask for a range of at most ${mostBytes} bytes\n`, { 'Accept-Ranges': 'bytes' })
  }
  const event = accessEvent(ports, request, { ...about, status: range ? 206 : 200, bytes: bytesOf(found.ref, range) })
  const spent = await ports.catalogue.spend(claims.linkId, ports.clock.now(), event)
  if (spent.outcome !== 'spent') return refused(spent.outcome)
  ports.events.emit({ type: 'access', access: event })
  return { ...(await answerWith(await openNoted(ports, request, about, found), range)), object: claims.objectId }
}

/** Opens, and records a second event when that failed: the first says what was about to be read, before any key was used. */
async function openNoted(
  ports: OwnerPorts,
  caller: Caller,
  about: Omit<AccessEvent, 'id' | 'time' | 'ip' | 'status' | 'bytes'>,
  found: NonNullable<ReturnType<typeof sealedRef>>,
): Promise<OpenedObject> {
  try {
    return await openStored(ports, found.key, found.ref, found.generation)
  } catch (error) {
    await note(ports, accessEvent(ports, caller, { ...about, status: answerTo(error).status, bytes: 0 }))
    throw error
  }
}

async function note(ports: Pick<ReadPorts, 'catalogue' | 'events'>, event: AccessEvent): Promise<void> {
  await ports.catalogue.record(event)
  ports.events.emit({ type: 'access', access: event })
}

export interface OwnerRead {
  readonly opened: OpenedObject
  readonly row: ObjectRow
}

type OwnerPorts = Omit<ReadPorts, 'secrets'>
type Owner = Caller & { readonly principal: string }

async function ownerRead(
  ports: OwnerPorts,
  owner: Owner,
  id: string,
  rendition: Rendition,
  measure: (ref: SealedRef) => Pick<AccessEvent, 'status' | 'bytes'>,
): Promise<OwnerRead | undefined> {
  const row = await ports.catalogue.object(id)
  const found = row && sealedRef(row, rendition)
  const outcome = found ? measure(found.ref) : { status: 404, bytes: 0 }
  const about = { principal: owner.principal, action: 'read', object: id, rendition } as const
  await note(ports, accessEvent(ports, owner, { ...about, ...outcome }))
  return row && found && { opened: await openNoted(ports, owner, about, found), row }
}

/**
 * A read by somebody the deployment itself let in (the console, the command line). Recorded before a byte leaves.
 * @returns undefined when there is no such object or rendition
 * @throws AuthenticationFailed, Unavailable
 */
export function readAsOwner(
  ports: OwnerPorts,
  owner: Owner,
  id: string,
  rendition: Rendition = 'original',
  range?: ByteRange,
): Promise<OwnerRead | undefined> {
  return ownerRead(ports, owner, id, rendition, (ref) => ({ status: range ? 206 : 200, bytes: bytesOf(ref, range) }))
}

/** As `readAsOwner`, for the sealed metadata alone: recorded as a read of no bytes. */
export function describeAsOwner(ports: OwnerPorts, owner: Owner, id: string): Promise<OwnerRead | undefined> {
  return ownerRead(ports, owner, id, 'original', () => ({ status: 200, bytes: 0 }))
}
