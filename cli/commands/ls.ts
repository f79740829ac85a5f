/** `safelight ls`: what the vault holds, as far as the catalogue may say it in the clear. */
import { describeAsOwner } from '../../shared/flow/open.ts'
import { AuthenticationFailed, Unavailable } from '../../shared/platform/ports.ts'
import { TIERS, tierAt } from '../../shared/policy/types.ts'
import { defineCommand, usage } from '../args.ts'
import { CLI_CALLER } from '../caller.ts'
import type { Deployment } from '../deployment.ts'
import { warnIfLost } from '../lost.ts'
import { formatBytes, printable, table } from '../output.ts'
import { openPlace, STACK } from '../place.ts'

const PAGE = 200

export const command = defineCommand({
  name: 'ls',
  summary: 'list the sealed objects',
  usage: ['[--tier TIER] [--limit N] [--names] [--stack NAME]'],
  description: `Lists sealed objects, newest first. Names and findings are sealed, so they are not in this list; --names
opens each object's sealed metadata for its file name, which is recorded as a read of it. A stack's stay sealed: whoever
operates it holds no key.
JSON, one line an object: {id, tier, size, created, renditions, name?}; a name of null: none, or it does not open`,
  options: {
    tier: { type: 'string', value: 'TIER', help: `only ${TIERS.join(', ')}` },
    limit: { type: 'string', short: 'n', value: 'N', help: 'at most N objects (default: all)' },
    names: { type: 'boolean', help: 'show file names: opens sealed metadata, recorded as reads' },
    ...STACK,
  },
  operands: [0, 0],
  examples: [
    ['ls -n 10', 'the ten newest'],
    ['ls -n 10 --names', 'and what they were called'],
    ['ls --json --tier restricted | jq -r .id', 'ids for a script'],
  ],
  async run({ tier, limit, names = false, stack }, _operands, { env, out }) {
    if (tier !== undefined && !TIERS.some((known) => known === tier)) throw usage('ls', `there is no tier ${tier}`)
    const most = limit === undefined ? Number.POSITIVE_INFINITY : Number(limit)
    if (limit !== undefined && !/^[1-9]\d{0,8}$/.test(limit)) throw usage('ls', '--limit takes a number')
    await using place = await openPlace({ stack }, env)
    const opener = place.kind === 'home' ? place : undefined
    if (names && !opener) throw usage('ls', 'the names in a stack are sealed, and you hold no key to them')
    const rows: string[][] = []
    let listed = 0
    for (let after: string | undefined; ; ) {
      const page = await place.catalogue.objects({ limit: PAGE, ...(after !== undefined && { after }) })
      for (const row of page) {
        const name = tierAt(row.tier)
        if (tier !== undefined && tier !== name) continue
        if (listed++ >= most) break
        const created = new Date(row.created).toISOString()
        const renditions = row.renditions.map(({ kind }) => kind)
        const fileName = opener && names ? await nameOf(opener, row.id) : undefined
        const shown = { id: row.id, tier: name, size: row.plaintextLength, created, renditions }
        out.result(names ? { ...shown, name: fileName?.name ?? null } : shown)
        if (fileName?.refused) out.warn(`${row.id}: ${fileName.refused}`)
        if (out.json) continue
        const cells = [row.id, name, formatBytes(row.plaintextLength), created, renditions.join(' ')]
        rows.push(names ? [...cells, oneLine(fileName?.name ?? '-')] : cells)
      }
      after = page.at(-1)?.id
      if (page.length < PAGE || listed >= most) break
    }
    const heads = ['ID', 'TIER', 'SIZE', 'CREATED', 'RENDITIONS', ...(names ? ['NAME'] : [])]
    if (rows.length > 0) out.text(table([heads, ...rows]))
    else if (listed > 0 || !(await warnIfLost(place, out))) out.note('the vault is empty')
    return undefined
  },
})

/** The sealed file name; an object that doesn't open must not hide the others. */
async function nameOf(
  deployment: Deployment,
  id: string,
): Promise<{ readonly name?: string | undefined; readonly refused?: string }> {
  try {
    const read = await describeAsOwner(deployment, CLI_CALLER, id)
    return { name: read?.opened.metadata.fileName }
  } catch (error) {
    if (error instanceof AuthenticationFailed || error instanceof Unavailable) return { refused: error.message }
    throw error
  }
}

/** A name with a line break in it must not pass for two rows. */
function oneLine(name: string): string {
  return printable(name.replace(/[\n\t]/g, ' '))
}
