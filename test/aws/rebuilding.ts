/** A stack whose catalogue table was lost: made again from vault and keys, at once by hand, or by the stack itself within a day. */
import { DeleteItemCommand, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb'
import { rebuild } from '../../shared/flow/rebuild.ts'
import type { ObjectRow } from '../../shared/platform/ports.ts'
import { sweepOnce, type Upload, workOff } from './faults/delivery.ts'

import type { Begun } from './faults/scenario.ts'

export type Check = (name: string, condition: boolean, detail?: string) => void

const DAY_MS = 24 * 3_600_000

/** How many open to what was uploaded. */
export async function countOpening({ truth }: Begun, made: readonly Upload[]): Promise<number> {
  let opening = 0
  for (const one of made) {
    const id = await truth.committedAs(one)
    const contents = id === undefined ? undefined : await truth.contents(id).catch(() => undefined)
    if (contents?.equals(one.bytes)) opening++
  }
  return opening
}

export async function rowsOf({ truth }: Pick<Begun, 'truth'>): Promise<readonly ObjectRow[]> {
  const rows = await Array.fromAsync(truth.ports.catalogue.every())
  return rows.sort((a, b) => a.id.localeCompare(b.id))
}

/** @returns how many items were in it */
export async function emptyTable(client: DynamoDBClient, TableName: string): Promise<number> {
  let deleted = 0
  for await (const { Items = [] } of paginateScan({ client }, { TableName, ProjectionExpression: 'pk, sk' })) {
    for (const { pk, sk } of Items) {
      if (!pk || !sk) continue
      await client.send(new DeleteItemCommand({ TableName, Key: { pk, sk } }))
      deleted++
    }
  }
  return deleted
}

/** A row but for when it was committed, which only the catalogue knew. */
const withoutTime = (rows: readonly ObjectRow[]) => JSON.stringify(rows.map((row) => ({ ...row, committed: 0 })))

async function lose(begun: Begun, check: Check): Promise<string> {
  const before = withoutTime(await rowsOf(begun))
  const { link } = begun.sound()
  const [row] = await rowsOf(begun)
  await link({ objectId: row?.id }, { principal: 'owner', ip: '192.0.2.1' })
  const deleted = await emptyTable(begun.stack.dynamo, begun.stack.env.CATALOGUE_TABLE)
  check('the catalogue table is emptied', deleted > 0 && (await rowsOf(begun)).length === 0, `${deleted} items`)
  return before
}

async function sameAgain(begun: Begun, made: readonly Upload[], before: string, check: Check): Promise<void> {
  const rows = await rowsOf(begun)
  check('every row is as it was, but for its time', withoutTime(rows) === before, `${rows.length} rows`)
  const opening = await countOpening(begun, made)
  check('all open', opening === made.length, `${opening} of ${made.length}`)
  check('no link is left', (await begun.truth.ports.catalogue.links()).length === 0)
}

export async function rebuildByHand(begun: Begun, made: readonly Upload[], check: Check): Promise<void> {
  const before = await lose(begun, check)
  let rebuilt = 0
  for await (const step of rebuild(begun.truth.ports)) if (step.outcome === 'rebuilt' && step.lost === 0) rebuilt++
  check('rebuilt from vault and keys', rebuilt === made.length, `${rebuilt} of ${made.length}`)
  await sameAgain(begun, made, before, check)
}

/** As `safelight catalogue rebuild --stack` asks for it: in slices, here of an object each. */
export async function rebuildByFunctions(begun: Begun, made: readonly Upload[], check: Check): Promise<void> {
  const { stack, endpoint, sound, tell } = begun
  const before = await lose(begun, check)
  const functions = sound()
  let sent = 0
  let slices = 0
  for (let next: string | undefined; ; ) {
    const answer = await functions.lost(
      { lost: next === undefined ? {} : { next } },
      { getRemainingTimeInMillis: () => 0 },
    )
    sent += answer.sent
    slices++
    if (answer.done) break
    next = answer.next
  }
  check('sent to be verified at once, in slices', sent === made.length && slices >= made.length, `${sent} sent`)
  await workOff(stack, endpoint, functions, tell)
  await sameAgain(begun, made, before, check)
  check('nothing is sent when nothing is lost', (await functions.lost({ lost: {} })).sent === 0)
}

/** The objects are days old: SWEEP sends each of them to VERIFY once a day as long as nobody committed it. */
export async function healFromVault(begun: Begun, made: readonly Upload[], check: Check): Promise<void> {
  const { stack, endpoint, sound, tell } = begun
  const before = await lose(begun, check)
  const functions = sound()
  for (const days of [3.5, 1]) {
    stack.clock.aheadMs += days * DAY_MS
    await sweepOnce(stack, endpoint, functions, tell)
  }
  check('sweeping and verifying make it again within a day', (await rowsOf(begun)).length === made.length)
  await sameAgain(begun, made, before, check)
}
