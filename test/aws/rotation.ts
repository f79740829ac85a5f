/** Rotation on a stack from end to end, by its own functions: the `aws-rotate` proof, and a small one in the tests. */
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { RetiringRefused } from '../../shared/platform/aws/keyRetiring.ts'
import { smallPicture } from '../support/world.ts'
import { arrived, deliver, type Upload, upload } from './faults/delivery.ts'
import { type Begun, begin, type Ground } from './faults/scenario.ts'
import { type Check, countOpening, healFromVault, rebuildByFunctions, rebuildByHand, rowsOf } from './rebuilding.ts'

const LANES = 4
/** What functions/invocation.ts keeps back, and this much for a slice. */
const SLICE_MS = 20_000 + 1_000

async function populate({ stack, sound, tell }: Begun, count: number): Promise<readonly Upload[]> {
  const made: Upload[] = []
  for (let n = 0; n < count; n++) made.push(await upload(stack, await smallPicture(n)))
  const inLanes = (all: readonly string[], stage: 'seal' | 'verify') =>
    Promise.all(
      Array.from({ length: LANES }, (_, lane) => {
        const share = all.filter((_body, i) => i % LANES === lane)
        return deliver(sound()[stage], share)
      }),
    )
  await inLanes(
    made.map((one) => arrived(stack, one)),
    'seal',
  )
  await inLanes(await tell(), 'verify')
  return made
}

/** Every sealed object with its version, which S3 gives anew to whatever is written. */
async function bodiesOf({ truth }: Begun): Promise<string> {
  const bodies: string[] = []
  for await (const { key, versionId, size } of truth.ports.objects.versions('vault')) {
    if (!key.startsWith('e/')) bodies.push(`${key} ${versionId} ${size}`)
  }
  return bodies.sort().join('\n')
}

async function envelopesOf({ truth }: Begun): Promise<number> {
  return (await truth.keysOf('vault')).filter((key) => key.startsWith('e/')).length
}

/** As an operator does it: counted by the one function, retired by the other. @returns why not, when it was refused */
async function retire({ sound }: Begun): Promise<string | undefined> {
  const { rewrap, keys } = sound()
  const { keys: listed } = await keys({ action: 'list' })
  if (!listed || !('generations' in listed) || !Array.isArray(listed.generations)) throw new Error('no generations')
  const [old, ...others] = listed.generations
  const counted = await rewrap({ need: { keyId: old.keyId, others: others.map(({ keyId }) => keyId) } })
  if (!('objects' in counted)) throw new Error('need was asked for')
  try {
    await keys({ action: 'retire', generation: 1, need: counted })
    return undefined
  } catch (error) {
    if (error instanceof RetiringRefused) return error.message
    throw error
  }
}

/** Slices until the end, or until the process that makes them is killed at its `puts`-th envelope. */
async function rewrapFrom(
  ground: Ground,
  begun: Begun,
  from: string | undefined,
  puts = Number.POSITIVE_INFINITY,
): Promise<{ readonly next: string | undefined; readonly slices: number; readonly killed: boolean }> {
  let stored = 0
  let dead = false
  ground.proxy.strike(({ call }) => {
    if (call === 's3.PutObject' && ++stored > puts) dead = true
    return dead ? 'before' : 'pass'
  })
  const { rewrap } = begun.failing(1)
  let next = from
  for (let slices = 1; ; slices++) {
    const end = Date.now() + SLICE_MS
    const invocation = { getRemainingTimeInMillis: () => (dead ? 0 : end - Date.now()) }
    const answer = await rewrap(next === undefined ? {} : { next }, invocation).catch(() => undefined)
    // Nobody hears what a killed process found out.
    if (dead) return { next, slices, killed: true }
    if (!answer || !('done' in answer) || answer.failed > 0) throw new Error('a slice failed')
    if (answer.done) return { next: undefined, slices, killed: false }
    next = answer.next
  }
}

export async function proveRotation(ground: Ground, count: number, check: Check): Promise<void> {
  const begun = await begin(ground)
  const made = await populate(begun, count)
  const rows = await rowsOf(begun)
  const sealed = rows.reduce((sum, row) => sum + 1 + row.renditions.length, 0)
  const before = await bodiesOf(begun)
  check(`${count} objects are committed and open`, (await countOpening(begun, made)) === count, `${sealed} envelopes`)

  const { keys } = begun.sound()
  check('keys rotate', (await keys({ action: 'rotate' })).action === 'rotate')
  let next: string | undefined
  for (const part of [0.2, 0.4]) {
    const killed = await rewrapFrom(ground, begun, next, Math.ceil(sealed * part))
    next = killed.next
    const stored = await envelopesOf(begun)
    check(
      'rewrap is killed midway',
      killed.killed && stored < sealed,
      `${stored} of ${sealed}, ${killed.slices} slices`,
    )
    check('all open', (await countOpening(begun, made)) === count)
    const refused = await retire(begun)
    check('retiring is refused', /still need generation 1/.test(refused ?? ''), refused)
  }
  await rewrapFrom(ground, begun, next)
  ground.proxy.strike(() => 'pass')
  check('resumed, it makes one envelope each', (await envelopesOf(begun)) === sealed, `${await envelopesOf(begun)}`)
  const again = await begun.sound().rewrap({})
  const { current, rewrapped } = { current: 0, rewrapped: -1, ...again }
  check('run again, it finds nothing to do', current === sealed && rewrapped === 0, `${current} of ${sealed} current`)
  check('bodies are untouched', (await bodiesOf(begun)) === before)
  check('keys retire 1', (await retire(begun)) === undefined)
  const opening = await countOpening(begun, made)
  check('all open without the old generation', opening === count, `${opening} of ${count}`)

  await refusesOldEnvelopes(begun, made, check)
  await rebuildByHand(begun, made, check)
  await rebuildByFunctions(begun, made, check)
  await healFromVault(begun, made, check)
}

/** With the old generation enabled again, so that nothing but the catalogue stands in the way. */
async function refusesOldEnvelopes(begun: Begun, made: readonly Upload[], check: Check): Promise<void> {
  const { truth, stack, sound } = begun
  const { keys, link, open } = sound()
  await keys({ action: 'unretire', generation: 1 })
  const [first] = made
  const id = first && (await truth.committedAs(first))
  if (id === undefined) throw new Error('an object')
  const { objects, catalogue } = truth.ports
  const isRefused = (contents: Promise<Buffer>) =>
    contents.then(
      () => false,
      (error: unknown) => error instanceof Error && error.name === 'AuthenticationFailed',
    )

  const [one, other] = (await truth.keysOf('vault')).filter((key) => key.startsWith(`e/`))
  const key = `e/${id}/1`
  const now = await objects.head('vault', key)
  const foreign = await objects.head('vault', one === key ? (other ?? '') : (one ?? ''))
  const bytes = foreign && Buffer.concat(await Array.fromAsync((await objects.get(foreign)) ?? []))
  if (!now || !bytes) throw new Error('two envelopes')
  // Over it, as who may write to the vault's bucket could.
  await stack.s3.send(new PutObjectCommand({ Bucket: stack.env.VAULT_BUCKET, Key: key, Body: bytes }))
  check('another envelope in its place is refused', await isRefused(truth.contents(id)))
  const put = await objects.head('vault', key)
  if (put) await objects.erase(put)
  check('put back, it opens', (await countOpening(begun, made.slice(0, 1))) === 1)

  const { body } = await link({ objectId: id }, { principal: 'owner', ip: '192.0.2.1' })
  const path = 'url' in body ? new URL(body.url).pathname : ''
  const read = async () => {
    const requestContext = { http: { method: 'GET', sourceIp: '192.0.2.1' } }
    return (await open({ rawPath: path, requestContext })).statusCode
  }
  await catalogue.moveEnvelope(id, id, 1, 0)
  check('a link knows that the catalogue was rolled back', (await read()) === 404)
  await catalogue.moveEnvelope(id, id, 0, 1)
  check('and opens when it is not', (await read()) === 200)

  const saved = Buffer.concat(await Array.fromAsync((await objects.get(now)) ?? []))
  await objects.erase(now)
  check('the embedded envelope is refused where a newer one is missing', await isRefused(truth.contents(id)))
  await stack.s3.send(new PutObjectCommand({ Bucket: stack.env.VAULT_BUCKET, Key: key, Body: saved }))
  check('keys retire 1, again', (await retire(begun)) === undefined)
}
