/** LINK: authorise, write the row, sign. The row is written before the token leaves: no row, no bytes. */
import { hex } from '../keys/encoding.ts'
import { grantLink, makeLink } from '../links/grant.ts'
import { linkUrl } from '../links/url.ts'
import {
  type Catalogue,
  type Clock,
  type Events,
  type Primitives,
  type Secrets,
  Unavailable,
} from '../platform/ports.ts'
import { protectionFor } from '../policy/decide.ts'
import { mayLink } from '../policy/linkers.ts'
import type { Policy } from '../policy/policy.ts'
import { type ThreatLevel, tierAt } from '../policy/types.ts'
import { accessEvent, type Caller, type Rendition, sealedRef } from './open.ts'

export interface LinkPorts {
  readonly primitives: Primitives
  readonly catalogue: Pick<Catalogue, 'object' | 'addLink' | 'record'>
  readonly secrets: Pick<Secrets, 'linkKey'>
  readonly events: Events
  readonly clock: Clock
  readonly policy: Policy
  readonly threat: () => ThreatLevel | Promise<ThreatLevel>
  /** Where links are served, such as `https://links.example`. */
  readonly linkOrigin: string
}

export interface LinkOrder extends Caller {
  readonly principal: string
  readonly objectId: string
  readonly rendition: Rendition
  readonly ttlMs?: number | undefined
  readonly uses?: number | undefined
}

export type LinkOutcome =
  | {
      readonly outcome: 'made'
      readonly linkId: string
      readonly url: string
      readonly expires: number
      readonly uses: number
    }
  | { readonly outcome: 'no-object' | 'no-rendition' }
  /** `reason` names the limit. */
  | { readonly outcome: 'refused'; readonly reason: string }

/** @throws Unavailable */
export async function makeLinkFor(ports: LinkPorts, order: LinkOrder): Promise<LinkOutcome> {
  const row = await ports.catalogue.object(order.objectId)
  if (!row) return { outcome: 'no-object' }
  if (!sealedRef(row, order.rendition)) return { outcome: 'no-rendition' }
  const now = ports.clock.now()
  const tier = tierAt(row.tier)
  if (!mayLink(ports.policy.linkers, order.principal, tier)) {
    return { outcome: 'refused', reason: 'the policy does not let you make links at this tier' }
  }
  const protection = protectionFor(tier, ports.policy, await ports.threat())
  const granted = grantLink({ ttlMs: order.ttlMs, uses: order.uses }, protection, now)
  if (!granted.granted) return { outcome: 'refused', reason: granted.reason }
  const key = await ports.secrets.linkKey()
  if (!key) throw new Unavailable('there is no link key yet: run `safelight keys init`')
  const subject = {
    linkId: hex(ports.primitives.random(16)),
    objectId: row.id,
    keyGeneration: row.envelopeGeneration,
    rendition: order.rendition,
    principal: order.principal,
  }
  const made = makeLink(granted.grant, subject, key, now, ports.primitives.hmacSha256)
  // It may have been removed since.
  if (!(await ports.catalogue.addLink(made.row))) return { outcome: 'no-object' }
  const event = accessEvent(ports, order, {
    principal: order.principal,
    action: 'link',
    object: row.id,
    rendition: order.rendition,
    link: subject.linkId,
    status: 201,
    bytes: 0,
  })
  await ports.catalogue.record(event)
  ports.events.emit({ type: 'access', access: event })
  const { expires, uses } = granted.grant
  return { outcome: 'made', linkId: subject.linkId, url: linkUrl(ports.linkOrigin, made.token), expires, uses }
}
