/** `safelight ls`: what the vault holds, as far as the catalogue may say it in the clear. */
import { TIERS, tierAt } from '../../shared/policy/types.ts'
import { defineCommand, usage } from '../args.ts'
import { openDeployment } from '../deployment.ts'
import { homeFolder } from '../home.ts'
import { wasLost } from '../lost.ts'
import { formatBytes, table } from '../output.ts'

const PAGE = 200

export const command = defineCommand({
  name: 'ls',
  summary: 'list the sealed objects',
  usage: ['[--tier TIER] [--limit N]'],
  description: `Lists sealed objects, newest first. Names and findings are sealed, so they are not in this list.
JSON, one line an object: {id, tier, size, created, renditions}`,
  options: {
    tier: { type: 'string', value: 'TIER', help: `only ${TIERS.join(', ')}` },
    limit: { type: 'string', short: 'n', value: 'N', help: 'at most N objects (default: all)' },
  },
  operands: [0, 0],
  examples: [
    ['ls -n 10', 'the ten newest'],
    ['ls --json --tier restricted | jq -r .id', 'ids for a script'],
  ],
  async run({ tier, limit }, _operands, { env, out }) {
    if (tier !== undefined && !TIERS.some((known) => known === tier)) throw usage('ls', `there is no tier ${tier}`)
    const most = limit === undefined ? Number.POSITIVE_INFINITY : Number(limit)
    if (limit !== undefined && !/^[1-9]\d{0,8}$/.test(limit)) throw usage('ls', '--limit takes a number')
    await using deployment = await openDeployment(homeFolder(env), { create: false })
    const rows: string[][] = []
    let listed = 0
    for (let after: string | undefined; ; ) {
      const page = await deployment.catalogue.objects({ limit: PAGE, ...(after !== undefined && { after }) })
      for (const row of page) {
        const name = tierAt(row.tier)
        if (tier !== undefined && tier !== name) continue
        if (listed++ >= most) break
        const created = new Date(row.created).toISOString()
        const renditions = row.renditions.map(({ kind }) => kind)
        out.result({ id: row.id, tier: name, size: row.plaintextLength, created, renditions })
        if (!out.json) rows.push([row.id, name, formatBytes(row.plaintextLength), created, renditions.join(' ')])
      }
      after = page.at(-1)?.id
      if (page.length < PAGE || listed >= most) break
    }
    if (rows.length > 0) out.text(table([['ID', 'TIER', 'SIZE', 'CREATED', 'RENDITIONS'], ...rows]))
    else if (listed === 0 && (await wasLost(deployment))) {
      out.warn(
        'the catalogue lists nothing, while the vault holds sealed objects',
        'safelight catalogue rebuild brings them back; if they were only just sealed, safelight serve verifies them',
      )
    } else out.note('the vault is empty')
    return undefined
  },
})
