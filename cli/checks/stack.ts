/** Every check of a deployed stack, by what its operator may ask: outputs, keys, what waits, what rings, and TLS on the wire. */
import * as z from 'zod'
import { ringingAlarms } from '../../shared/platform/aws/alarms.ts'
import { negotiatedTls } from '../../shared/platform/aws/tls.ts'
import { isVersioned } from '../../shared/platform/aws/versioning.ts'
import { keysOfStack } from '../stack/keys.ts'
import { givenUp, STAGES } from '../stack/redrive.ts'
import type { Stack } from '../stack/stack.ts'
import { type Check, guarded, ok, problem, warning } from './check.ts'

/** Sealing takes seconds; what is older than this waits for something. */
const LONG_MS = 15 * 60_000
/** Of a flooded intake the rest says no more. */
const MOST_LOOKED_AT = 1_000

/** Reads, and changes nothing. */
export async function checkStack(stack: Stack, region: string | undefined): Promise<readonly Check[]> {
  const groups = [
    [checkDeployment(stack)],
    await guarded('keys', async () => [await checkKeys(stack)]),
    await guarded('round-trip', async () => [await checkRoundTrip(stack)]),
    await guarded('intake', async () => [await checkIntake(stack)]),
    await guarded('intake-versions', async () => [await checkVersions(stack)]),
    await guarded('dead-letters', () => checkDeadLetters(stack)),
    await guarded('alarms', () => checkAlarms(stack)),
    await guarded('tls', () => checkTls(region)),
  ]
  return groups.flat()
}

function checkDeployment({ lacking, name }: Stack): Check {
  if (lacking.length === 0) return ok('deployment', `${name} is of this version, as far as its outputs tell`)
  const text = `${name} was deployed by an older version: it has no ${lacking.join(', ')}`
  return warning('deployment', text, 'npm run deploy')
}

async function checkKeys(stack: Stack): Promise<Check> {
  const held = await keysOfStack(stack)
  const current = held?.generations.find(({ keyId }) => keyId === held.current)
  if (current) return ok('keys', `generation ${current.generation} seals, of ${held?.generations.length}`)
  return problem('keys', 'there are no keys yet: uploads wait', `safelight keys init --stack ${stack.name}`)
}

const opens = z.object({ opens: z.literal(true) })

/** By the function that holds both, because no operator may use the data key or read a seed. */
async function checkRoundTrip(stack: Stack): Promise<Check> {
  await stack.call(stack.output('RewrapFunctionName'), { try: 'keys' }, opens)
  return ok('round-trip', 'data key and ML-KEM keys open what is sealed now')
}

async function checkIntake({ objects, name, clock }: Stack): Promise<Check> {
  let [seen, oldest] = [0, clock.now()]
  for await (const { modified } of objects.versions('intake')) {
    oldest = Math.min(oldest, modified)
    if (++seen >= MOST_LOOKED_AT) break
  }
  const age = clock.now() - oldest
  const count = seen >= MOST_LOOKED_AT ? `${seen} or more` : String(seen)
  if (seen === 0) return ok('intake', 'nothing waits')
  const text = `versions that wait: ${count}, the oldest for ${Math.round(age / 60_000)} min`
  if (age < LONG_MS) return ok('intake', text)
  return problem(
    'intake',
    text,
    `the alarms and the seal function's log say why; then safelight redrive --stack ${name}`,
  )
}

/** Without them an upload takes the place of the last one of its name, sealed or not. */
async function checkVersions(stack: Stack): Promise<Check> {
  const bucket = stack.output('IntakeBucketName')
  if (await isVersioned(bucket)) return ok('intake-versions', 'every upload is kept beside others of its name')
  return problem(
    'intake-versions',
    'versioning of the intake bucket is not on: uploads wait, and overwrite those of their name',
    `aws s3api put-bucket-versioning --bucket ${bucket} --versioning-configuration Status=Enabled; then safelight redrive --stack ${stack.name}`,
  )
}

async function checkDeadLetters(stack: Stack): Promise<readonly Check[]> {
  const waiting = await givenUp(stack)
  return STAGES.map((stage) => {
    const count = waiting[stage]
    if (count === 0) return ok(`dead-letters-${stage}`, 'none')
    const mend = `mend what the ${stage} function's log names, then safelight redrive --stack ${stack.name}`
    return problem(`dead-letters-${stage}`, `about ${count} were given up`, mend)
  })
}

async function checkAlarms({ name }: Stack): Promise<readonly Check[]> {
  const ringing = await ringingAlarms(name)
  if (ringing.length === 0) return [ok('alarms', 'none rings')]
  return ringing.map((text) => problem('alarms', text, 'docs/OPERATIONS.md says what each alarm asks for'))
}

/** Of an emulator nothing is asked: it speaks plain HTTP on this machine. */
async function checkTls(region: string | undefined): Promise<readonly Check[]> {
  if (process.env.AWS_ENDPOINT_URL !== undefined) {
    return [warning('tls', 'this is an emulator: nothing goes over TLS', 'keep pictures of people out of it')]
  }
  if (region === undefined) return [problem('tls', 'no region is set', 'set AWS_REGION')]
  const checks: Check[] = []
  for (const service of ['kms', 's3', 'secretsmanager', 'dynamodb']) {
    const { group, protocol } = await negotiatedTls(`${service}.${region}.amazonaws.com`)
    checks.push(ok(`tls-${service}`, `${protocol}, ${group}`))
  }
  return checks
}
