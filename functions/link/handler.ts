/** The link function: an authenticated caller's order in, a link or the reason why not out. */
import * as z from 'zod'
import { type LinkPorts, makeLinkFor } from '../../shared/flow/link.ts'

export const linkOrder = z.object({
  objectId: z.string().regex(/^[0-9a-f]{32}$/, 'an object id has 32 hex digits'),
  rendition: z.enum(['original', 'preview', 'display']).default('original'),
  ttlSeconds: z.number().positive().max(1e9).optional(),
  uses: z.number().int().positive().max(1e9).optional(),
})

export interface LinkAnswer {
  readonly status: number
  readonly body:
    | { readonly url: string; readonly expires: string; readonly link: string; readonly uses: number }
    | { readonly error: string; readonly hint?: string }
}

const REFUSALS = {
  'no-object': { status: 404, body: { error: 'no such object', hint: '`safelight ls` lists what there is' } },
  'no-rendition': {
    status: 404,
    body: { error: 'this object has no such rendition', hint: 'strict tiers keep no preview; link the original' },
  },
} as const

/** `caller` comes from the transport, which authenticated it: never from the order. */
export function linkHandler(
  ports: LinkPorts,
): (order: unknown, caller: { principal: string; ip: string; userAgent?: string }) => Promise<LinkAnswer> {
  return async (input, caller) => {
    const parsed = linkOrder.safeParse(input)
    if (!parsed.success) return { status: 400, body: { error: z.prettifyError(parsed.error) } }
    const { objectId, rendition, ttlSeconds, uses } = parsed.data
    const ttlMs = ttlSeconds === undefined ? undefined : Math.round(ttlSeconds * 1000)
    const made = await makeLinkFor(ports, { ...caller, objectId, rendition, ttlMs, uses })
    await ports.events.flush()
    if (made.outcome === 'refused') return { status: 403, body: { error: made.reason } }
    if (made.outcome !== 'made') return REFUSALS[made.outcome]
    const { linkId, url, expires } = made
    const body = {
      url,
      expires: new Date(expires).toISOString(),
      link: linkId,
      uses: made.uses,
    }
    return { status: 201, body }
  }
}
