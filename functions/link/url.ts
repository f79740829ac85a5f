/**
 * The link function as its Function URL calls it: AWS checked who signed the request, and says so beside it. Whoever may
 * invoke the function directly can write such an event, too, but not the id that Lambda will give the invocation: an event
 * of the URL carries it, and one that was written before can't.
 */
import * as z from 'zod'
import { answerTo } from '../../shared/flow/answer.ts'
import type { LinkAnswer } from './handler.ts'

const signedRequest = z.object({
  body: z.string().optional(),
  isBase64Encoded: z.boolean().default(false),
  headers: z.record(z.string(), z.string().optional()).default({}),
  requestContext: z.object({
    requestId: z.string().optional(),
    http: z.object({ method: z.string(), sourceIp: z.string() }),
    authorizer: z.object({ iam: z.object({ userArn: z.string().min(1).max(2048) }) }),
  }),
})

export interface JsonResponse {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

function respond({ status, body }: LinkAnswer): JsonResponse {
  // A link is a secret.
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }
  return { statusCode: status, headers, body: JSON.stringify(body) }
}

const NOT_OF_URL = {
  error: 'order links at the URL of this function',
  hint: 'if you did, docs/OPERATIONS.md says what the flag directLinks is for',
}

function isOfUrl(requestId: string | undefined, invoked: Invoked | undefined): boolean {
  return requestId !== undefined && requestId !== '' && requestId === invoked?.awsRequestId
}

function orderIn(body: string | undefined, isBase64Encoded: boolean): unknown {
  try {
    return JSON.parse(isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString('utf8') : (body ?? ''))
  } catch {
    return undefined
  }
}

type Link = (order: unknown, caller: { principal: string; ip: string; userAgent?: string }) => Promise<LinkAnswer>

export interface LinkUrl {
  readonly link: Link
  /** Told what went wrong; the caller only learns that it did. */
  readonly onError: (error: unknown) => void
  /** Takes the event's word for who asks: for emulators, whose URLs pass on no signature. */
  readonly believesInvoker: boolean
}

/** What Lambda tells of an invocation. */
interface Invoked {
  readonly awsRequestId: string
}

export function linkUrlHandler({
  link,
  onError,
  believesInvoker,
}: LinkUrl): (event: unknown, invoked?: Invoked) => Promise<JsonResponse> {
  return async (event, invoked) => {
    const parsed = signedRequest.safeParse(event)
    if (!parsed.success) return respond({ status: 403, body: { error: 'sign the request with AWS credentials' } })
    if (!believesInvoker && !isOfUrl(parsed.data.requestContext.requestId, invoked)) {
      return respond({ status: 403, body: NOT_OF_URL })
    }
    const { body, isBase64Encoded, headers, requestContext } = parsed.data
    const { method, sourceIp: ip } = requestContext.http
    if (method !== 'POST') return respond({ status: 405, body: { error: 'POST an order' } })
    const order = orderIn(body, isBase64Encoded)
    if (order === undefined) return respond({ status: 400, body: { error: 'the body is no JSON' } })
    const userAgent = headers['user-agent']
    const { userArn: principal } = requestContext.authorizer.iam
    try {
      return respond(await link(order, { principal, ip, ...(userAgent !== undefined && { userAgent }) }))
    } catch (error) {
      onError(error)
      const { status, headers: about } = answerTo(error)
      const answer = respond({ status, body: { error: 'no link was made, try again' } })
      return { ...answer, headers: { ...answer.headers, ...('Retry-After' in about && { 'Retry-After': '5' }) } }
    }
  }
}
