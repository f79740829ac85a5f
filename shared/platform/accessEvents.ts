/** Access events as every catalogue keeps them: their shape when they are read back, and how much of one is kept. */
import * as z from 'zod'
import type { AccessEvent } from './ports.ts'

/** What a browser says of itself is as long as it likes; the log keeps this much. */
const MAX_USER_AGENT = 512

export const AccessEventSchema = z.object({
  id: z.string(),
  time: z.string(),
  principal: z.string(),
  session: z.string().optional(),
  action: z.enum(['read', 'list', 'delete', 'link']),
  object: z.string(),
  rendition: z.string().optional(),
  link: z.string().optional(),
  status: z.int(),
  bytes: z.int(),
  ip: z.string(),
  asn: z.int().optional(),
  country: z.string().optional(),
  userAgent: z.string().optional(),
})

/** What is kept of it: the user agent cut, and well-formed. */
export function kept(event: AccessEvent): AccessEvent {
  const { userAgent } = event
  return userAgent === undefined ? event : { ...event, userAgent: userAgent.slice(0, MAX_USER_AGENT).toWellFormed() }
}
