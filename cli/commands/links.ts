/** `safelight links`: the links of this deployment and whether they still work, for a server without a browser. */
import { everyLink } from '../../shared/flow/links.ts'
import { defineCommand } from '../args.ts'
import { linkSummaryOf } from '../host/console-views.ts'
import { table } from '../output.ts'
import { openPlace, STACK } from '../place.ts'
import { rowOf } from '../stored.ts'

export const command = defineCommand({
  name: 'links',
  summary: 'list links and whether they still work',
  usage: ['[ID] [--stack NAME]'],
  description: `Lists links, newest first: all of them, or those to one object. Their addresses were shown once and are stored nowhere.
JSON, one line a link: {link, objectId, rendition, created, expires, uses, usesLeft, state};
state is active, expired, used-up or revoked`,
  options: { ...STACK },
  operands: [0, 1],
  examples: [
    ['links', 'all of them'],
    ['links 3f0c9a', 'those to one object'],
    ['links --json | jq -r \'select(.state == "active").link\' | xargs safelight revoke', 'end every one'],
  ],
  async run({ stack }, [id], { env, out }) {
    await using place = await openPlace({ stack }, env)
    const { catalogue, clock } = place
    const objectId = id === undefined ? undefined : (await rowOf(place, id)).id
    const links = await Array.fromAsync(everyLink(catalogue, objectId), (row) => linkSummaryOf(row, clock.now()))
    for (const link of links) out.result(link)
    const rows = links.map((one) => [
      ...[one.link, one.objectId, one.rendition, one.state],
      ...[`${one.usesLeft} of ${one.uses}`, one.expires],
    ])
    if (rows.length === 0) out.note('there are no links')
    else out.text(table([['LINK', 'OBJECT', 'RENDITION', 'STATE', 'USES LEFT', 'EXPIRES'], ...rows]))
    return undefined
  },
})
