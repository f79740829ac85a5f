/** The console's HTTP interface (console/api.ts) over hono: authenticated, from this machine's own names only. */
import { timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { linkHandler } from '../../functions/link/handler.ts'
import { expectationOf } from '../../shared/flow/envelopes.ts'
import { everyLink } from '../../shared/flow/links.ts'
import { type Caller, describeAsOwner, type Rendition, readAsOwner, sealedRef } from '../../shared/flow/open.ts'
import { reasonOf } from '../../shared/flow/reasons.ts'
import { remove } from '../../shared/flow/remove.ts'
import { storedSource } from '../../shared/flow/stored.ts'
import {
  AuthenticationFailed,
  type Chunks,
  ObjectMissing,
  type ObjectRow,
  Unavailable,
} from '../../shared/platform/ports.ts'
import { protectionFor } from '../../shared/policy/decide.ts'
import { tierAt } from '../../shared/policy/types.ts'
import { expectedEnvelope, readHead } from '../../shared/vault/open.ts'
import type { Status } from '../console/api.ts'
import { CONTENT_SECURITY_POLICY, loadAssets } from '../console/assets.ts'
import type { Deployment } from '../deployment.ts'
import { asTyped } from '../typed.ts'
import { type ArrivalPorts, newUploadKey, receive } from './arrivals.ts'
import { detailOf, linkSummaryOf, summaryOf } from './console-views.ts'
import { eventStream } from './event-stream.ts'
import { failedItems, retry } from './failed.ts'
import type { Hub } from './hub.ts'
import { cutAt, streamOf, TooManyBytes } from './streams.ts'

export interface ConsolePorts {
  readonly deployment: Deployment
  readonly hub: Hub
  readonly arrivals: ArrivalPorts
  readonly token: string
  readonly linkOrigin: string
  /** `host:port` names under which the console is served: anything else is somebody's rebound name. */
  readonly hosts: () => readonly string[]
  readonly status: () => Promise<Status>
  readonly log: (line: Readonly<Record<string, string | number>>) => void
}

/** Bytes of one upload. */
const MAX_UPLOAD = 8 * 2 ** 30
const NOISE_BYTES = 65_536
const ID = /^[0-9a-f]{32}$/
const SAMPLES_FOLDER = resolve(import.meta.dirname, '..', '..', 'samples')
const SAMPLES = ['landscape.jpg', 'identity-card.jpg', 'receipt.jpg']
const OWNER = { principal: 'owner' }
const MISSING = {
  error: 'the vault does not hold this object any more, though the catalogue lists it',
  hint: asTyped('put objects/vault back from a backup; safelight doctor counts what is missing'),
}

function fail(status: 400 | 401 | 404 | 413 | 421, error: string, hint?: string): never {
  throw new HTTPException(status, { message: JSON.stringify({ error, ...(hint && { hint }) }) })
}

function equalTokens(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function callerOf(c: Context): Caller & { principal: string } {
  const userAgent = c.req.header('user-agent')
  return { ...OWNER, ip: '127.0.0.1', session: 'console', ...(userAgent && { userAgent }) }
}

function idOf(c: Context): string {
  const id = c.req.param('id') ?? ''
  return ID.test(id) ? id : fail(404, 'no such object')
}

function countOf(c: Context, fallback: number): number {
  const limit = Number(c.req.query('limit') ?? fallback)
  return Number.isInteger(limit) && limit > 0 && limit <= 1000 ? limit : fail(400, 'limit is a number from 1 to 1000')
}

function fileNameOf(c: Context): string | undefined {
  try {
    return decodeURIComponent(c.req.header('x-file-name') ?? '') || undefined
  } catch {
    return fail(400, 'X-File-Name is not percent-encoded UTF-8')
  }
}

function renditionOf(c: Context): Rendition {
  const rendition = c.req.query('rendition') ?? 'original'
  if (rendition === 'original' || rendition === 'preview' || rendition === 'display') return rendition
  return fail(400, 'rendition is original, preview or display')
}

export function consoleApp(ports: ConsolePorts): Hono {
  const { deployment, hub, arrivals } = ports
  const { catalogue, objects, primitives, queue } = deployment
  const assets = loadAssets()
  const makeLink = linkHandler({ ...deployment, linkOrigin: ports.linkOrigin })
  const app = new Hono()

  async function upload(body: Chunks, fileName: string | undefined): Promise<string> {
    const key = newUploadKey(arrivals.primitives)
    await receive(arrivals, key, cutAt(body, MAX_UPLOAD), { uploader: 'console', ...(fileName && { fileName }) })
    return key
  }

  const linksNow = (objectId?: string) =>
    Array.fromAsync(everyLink(catalogue, objectId), (row) => linkSummaryOf(row, Date.now()))

  async function rowOf(c: Context): Promise<ObjectRow> {
    return (await catalogue.object(idOf(c))) ?? fail(404, 'no such object')
  }

  app.use(async (c, next) => {
    // A page elsewhere can point a name of its own at 127.0.0.1: only our own names are served.
    if (!ports.hosts().includes(c.req.header('host') ?? '')) fail(421, 'this server answers to its own address only')
    await next()
    c.header('Content-Security-Policy', CONTENT_SECURITY_POLICY)
    c.header('X-Content-Type-Options', 'nosniff')
    c.header('Referrer-Policy', 'no-referrer')
    c.header('Cache-Control', 'no-store')
    c.header('Cross-Origin-Resource-Policy', 'same-origin')
  })
  app.use('/api/*', async (c, next) => {
    const given = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
    if (!equalTokens(given, ports.token))
      fail(401, 'the access token is missing or old', 'open the URL that serve printed')
    await next()
  })
  app.onError((error, c) => {
    if (error instanceof HTTPException) return c.json(JSON.parse(error.message), error.status)
    if (error instanceof AuthenticationFailed || error instanceof ObjectMissing) {
      const [object] = /(?<=^\/api\/objects\/)[0-9a-f]{32}\b/.exec(c.req.path) ?? []
      ports.log({ event: 'read-failed', reason: reasonOf(error), ...(object !== undefined && { object }) })
    }
    if (error instanceof ObjectMissing) return c.json(MISSING, 502)
    if (error instanceof AuthenticationFailed) return c.json({ error: 'authentication failed' }, 502)
    if (error instanceof Unavailable) return c.json({ error: error.message, hint: 'try again' }, 503)
    if (error instanceof TooManyBytes)
      return c.json({ error: 'the file is too large', hint: 'the limit is 8 GiB' }, 413)
    ports.log({ event: 'console-failed', reason: reasonOf(error) })
    return c.json({ error: 'internal error' }, 500)
  })

  app.get('/api/status', async (c) => c.json(await ports.status()))
  app.get('/api/events', (c) => eventStream(c, hub, c.req.query('since')))
  app.post('/api/uploads', async (c) => {
    if (Number(c.req.header('content-length')) > MAX_UPLOAD) throw new TooManyBytes()
    const body = c.req.raw.body ?? new Blob([]).stream()
    return c.json({ upload: await upload(body, fileNameOf(c)) }, 202)
  })
  app.post('/api/samples', async (c) => {
    const uploads: { upload: string; name: string }[] = []
    for (const name of SAMPLES) {
      uploads.push({ upload: await upload(streamOf(await readFile(join(SAMPLES_FOLDER, name))), name), name })
    }
    return c.json({ uploads }, 202)
  })

  app.get('/api/objects', async (c) => {
    const limit = countOf(c, 60)
    const after = c.req.query('after')
    const rows = await catalogue.objects({ limit: limit + 1, ...(after && { after }) })
    const page = rows.slice(0, limit)
    return c.json({ objects: page.map(summaryOf), next: rows.length > limit ? (page.at(-1)?.id ?? null) : null })
  })
  app.get('/api/objects/:id', async (c) => {
    const read = (await describeAsOwner(deployment, callerOf(c), idOf(c))) ?? fail(404, 'no such object')
    const { key } = sealedRef(read.row, 'original') ?? fail(404, 'no such object')
    const ref = { bucket: 'vault', key, versionId: read.row.versionId } as const
    const head = await readHead(primitives, storedSource(objects, ref, read.row.size))
    const envelope = expectedEnvelope(head, await expectationOf(objects, read.row, read.row.envelopeGeneration))
    const protection = protectionFor(tierAt(read.row.tier), deployment.policy, deployment.threat())
    return c.json(detailOf(read.row, read.opened, head, envelope, protection))
  })
  app.get('/api/objects/:id/content', async (c) => {
    const read =
      (await readAsOwner(deployment, callerOf(c), idOf(c), renditionOf(c))) ?? fail(404, 'no such object or rendition')
    const { metadata, facts } = read.opened
    return c.body(ReadableStream.from(read.opened.stream()), 200, {
      'Content-Type': metadata.mediaType,
      'Content-Length': String(facts.plaintextLength),
      'Content-Disposition': 'attachment',
    })
  })
  app.get('/api/objects/:id/noise', async (c) => {
    const row = await rowOf(c)
    const { key, ref } = sealedRef(row, 'original') ?? fail(404, 'no such object')
    const head = await readHead(
      primitives,
      storedSource(objects, { bucket: 'vault', key, versionId: ref.versionId }, row.size),
    )
    const first = head.header.bodyOffset
    const range = { first, last: Math.min(row.size, first + NOISE_BYTES) - 1 }
    const body =
      (await objects.get({ bucket: 'vault', key, versionId: row.versionId }, range)) ?? fail(404, 'no such object')
    return c.body(ReadableStream.from(body), 200, { 'Content-Type': 'application/octet-stream' })
  })
  app.delete('/api/objects/:id', async (c) => {
    if (!(await remove(deployment, callerOf(c), idOf(c)))) fail(404, 'no such object')
    hub.publish({ type: 'changed', what: 'objects' })
    return c.body(null, 204)
  })

  app.post('/api/objects/:id/links', async (c) => {
    const order: unknown = await c.req.json().catch(() => fail(400, 'the body is not JSON'))
    const objectId = idOf(c)
    const answer = await makeLink(typeof order === 'object' ? { ...order, objectId } : order, callerOf(c))
    if (answer.status === 201) hub.publish({ type: 'changed', what: 'links' })
    return Response.json(answer.body, { status: answer.status })
  })
  app.get('/api/objects/:id/links', async (c) => {
    return c.json({ links: await linksNow(idOf(c)) })
  })
  app.get('/api/links', async (c) => {
    return c.json({ links: await linksNow() })
  })
  app.post('/api/links/:id/revoke', async (c) => {
    if (!(await catalogue.revoke(idOf(c)))) fail(404, 'no such link')
    hub.publish({ type: 'changed', what: 'links' })
    return c.body(null, 204)
  })

  app.get('/api/accesses', async (c) => c.json({ accesses: await catalogue.accesses({ limit: countOf(c, 50) }) }))
  app.get('/api/failed', (c) => c.json({ failed: failedItems(queue) }))
  app.post('/api/failed/:id/retry', async (c) => {
    if (!(await retry(deployment, c.req.param('id')))) fail(404, 'no such failed item')
    hub.publish({ type: 'changed', what: 'failed' })
    return c.body(null, 202)
  })
  app.all('/api/*', () => fail(404, 'no such call'))

  app.get('*', (c) => {
    const asset = assets.get(c.req.path)
    return asset ? c.body(Uint8Array.from(asset.body), 200, { 'Content-Type': asset.type }) : c.text('not found\n', 404)
  })
  return app
}
