/** Reads by link while AWS fails, and by many at once: a use is spent at most once a read, and recorded with it. */
import { arrived, deliver } from './delivery.ts'
import type { Functions } from './functions.ts'
import type { Asked, Fate } from './proxy.ts'
import { begin, type Ground } from './scenario.ts'

const USES = 5

export async function linked(ground: Ground) {
  const begun = await begin(ground)
  const { stack, sound, tell, arrive, truth } = begun
  const file = await arrive()
  const functions = sound()
  await deliver(functions.seal, [arrived(stack, file)])
  await deliver(functions.verify, await tell())
  const objectId = await truth.committedAs(file)
  const { body } = await functions.link({ objectId, uses: USES }, { principal: 'owner', ip: '192.0.2.1' })
  if (!('url' in body)) throw new Error('no link was made')
  return { ...begun, file, linkId: body.link, path: new URL(body.url).pathname }
}

type Linked = Awaited<ReturnType<typeof linked>>

async function read(open: Functions['open'], path: string): Promise<{ status: number; body: Buffer }> {
  const http = { method: 'GET', path, sourceIp: '192.0.2.2' }
  const { statusCode, body } = await open({ version: '2.0', rawPath: path, headers: {}, requestContext: { http } })
  return { status: statusCode, body: Buffer.from(body, 'base64') }
}

/** Uses that are gone, and reads that the catalogue tells of: always as many. */
async function spentOn({ truth, linkId }: Pick<Linked, 'truth' | 'linkId'>) {
  const { catalogue } = truth.ports
  const spent = USES - ((await catalogue.link(linkId))?.usesLeft ?? Number.NaN)
  const reads = (await catalogue.accesses()).filter(({ link, status, action }) => {
    return link === linkId && action === 'read' && status === 200
  })
  return { spent, recorded: reads.length }
}

export interface ReadOutcome {
  readonly wrong: readonly string[]
  readonly calls: readonly string[]
  readonly status: number
  readonly spent: number
}

/** One read while it fails; then the link still gives the bytes as often as uses are left, and not once more. */
export async function readWhile(ground: Ground, fate: (asked: Asked) => Fate, attempts = 2): Promise<ReadOutcome> {
  const about = await linked(ground)
  const { path, file, failing, sound } = about
  const { open } = failing(attempts)
  ground.proxy.strike(fate)
  const { status, body } = await read(open, path)
  const calls = ground.proxy.calls
  ground.proxy.strike(() => 'pass')
  const wrong: string[] = []
  if (status === 200 && !body.equals(file.bytes)) wrong.push('another content was read')
  const { spent, recorded } = await spentOn(about)
  if (spent !== recorded) wrong.push(`${spent} uses are spent and ${recorded} reads recorded`)
  if (spent > 1) wrong.push('more than one use is spent on one read')
  if (status === 200 && spent !== 1) wrong.push('bytes without a use')
  const again = sound()
  for (let use = spent; use < USES; use++) {
    const next = await read(again.open, path)
    if (next.status !== 200 || !next.body.equals(file.bytes)) wrong.push(`a use that is left gave ${next.status}`)
  }
  if ((await read(again.open, path)).status === 200) wrong.push('a use was spent twice')
  return { wrong, calls, status, spent }
}

/** @returns what broke an invariant */
export async function readAtOnce(ground: Ground, readers: number): Promise<readonly string[]> {
  const about = await linked(ground)
  const { open } = about.sound()
  const answers = await Promise.all(Array.from({ length: readers }, () => read(open, about.path)))
  const given = answers.filter(({ status }) => status === 200)
  const { spent, recorded } = await spentOn(about)
  const wrong: string[] = []
  if (given.some(({ body }) => !body.equals(about.file.bytes))) wrong.push('another content was read')
  // Nobody is told 200 without a use; whoever gave way to the others may try again.
  if (given.length > spent || spent !== recorded || spent > USES) {
    wrong.push(`${given.length} reads, ${spent} uses, ${recorded} recorded`)
  }
  for (let tries = 0; tries <= USES; tries++) await read(open, about.path)
  const after = await spentOn(about)
  if (after.spent !== USES || after.recorded !== USES) wrong.push(`in the end ${after.spent} uses of ${USES}`)
  return wrong
}
