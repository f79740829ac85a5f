/** `safelight link`: an expiring address at which anybody who has it may read one object. */
import { type LinkOrder, type LinkOutcome, makeLinkFor } from '../../shared/flow/link.ts'
import { DEFAULT_TTL_MS, formatTtl, parseTtl } from '../../shared/links/limits.ts'
import { defineCommand, usage } from '../args.ts'
import { CLI_CALLER } from '../caller.ts'
import { CommandFailed } from '../errors.ts'
import { objectId } from '../ids.ts'
import { openPlace, type Place, STACK } from '../place.ts'
import { parseRendition } from '../renditions.ts'
import { linkOf } from '../stack/link.ts'

export const command = defineCommand({
  name: 'link',
  summary: 'make an expiring link to an object',
  usage: ['ID [--ttl 10m] [--uses 1] [--rendition KIND] [--stack NAME]'],
  description: `Prints an address at which whoever has it may read the object until it expires, is used up, or is revoked.
It is printed once and stored nowhere. It works while "safelight serve" runs; on a stack nothing needs to run.
The object's tier limits life and uses; more is refused, never quietly cut.
JSON: {url, expires, link}; "link" is the id that revoke takes`,
  options: {
    ttl: {
      type: 'string',
      value: 'TIME',
      help: `how long it works: 90s, 10m, 2h, 7d (default ${formatTtl(DEFAULT_TTL_MS)})`,
    },
    uses: { type: 'string', value: 'N', help: 'how often it works (default 1)' },
    rendition: { type: 'string', value: 'KIND', help: 'original (default), preview or display' },
    ...STACK,
  },
  operands: [1, 1],
  examples: [
    ['link 3f0c9a…e1', 'once, within ten minutes'],
    ['link 3f0c9a…e1 --ttl 2h --uses 20 --rendition preview', 'for a small audience'],
  ],
  async run({ ttl, uses, rendition = 'original', stack }, [id = ''], { env, out }) {
    const ttlMs = ttl === undefined ? undefined : parseTtl(ttl)
    if (ttl !== undefined && ttlMs === undefined) throw usage('link', `${ttl} is no time to live, such as 10m or 2h`)
    if (uses !== undefined && !/^[1-9]\d{0,8}$/.test(uses)) throw usage('link', '--uses takes a number from 1')
    const kind = parseRendition(rendition)
    await using place = await openPlace({ stack }, env)
    const order = {
      objectId: await objectId(place.catalogue, id),
      rendition: kind,
      ttlMs,
      uses: uses === undefined ? undefined : Number(uses),
    }
    const { url, expires, link, uses: granted } = await makeAt(place, order)
    out.result({ url, expires, link }, url)
    const times = granted === 1 ? 'once' : `${granted} times`
    out.note(`works ${times} until ${expires}; safelight revoke ${link} ends it`)
    if (place.kind !== 'stack' && !out.json && !(await answers(place.linkOrigin))) {
      out.note(`nobody serves ${place.linkOrigin} now: the link works once safelight serve runs`)
    }
    return undefined
  },
})

type Order = Omit<LinkOrder, 'principal' | 'ip'>

async function makeAt(place: Place, order: Order) {
  if (place.kind === 'stack') return linkOf(place, order)
  const made = await makeLinkFor(place, { ...CLI_CALLER, ...order })
  if (made.outcome !== 'made') throw refusal(made)
  const { url, linkId, uses } = made
  return { url, expires: new Date(made.expires).toISOString(), link: linkId, uses }
}

const ANSWER_MS = 1_000

/** Whether anybody serves there; a loopback address answers at once or not at all. */
async function answers(origin: string): Promise<boolean> {
  return fetch(origin, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS) }).then(
    () => true,
    () => false,
  )
}

function refusal(outcome: Exclude<LinkOutcome, { outcome: 'made' }>): CommandFailed {
  if (outcome.outcome === 'refused') return new CommandFailed(outcome.reason, 'ask for less, or change the policy')
  if (outcome.outcome === 'no-object')
    return new CommandFailed('there is no such object', 'safelight ls lists what there is')
  return new CommandFailed('this object has no such rendition', 'its tier allows none, or it is no image')
}
