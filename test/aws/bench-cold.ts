// Cold starts, measured: real packages in new Node processes against an emulator, from the process's start to the answer.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { judged, type Line } from '../../bench/line.ts'
import { summary } from '../../bench/rounds.ts'
import { endWithParent } from '../../bench/tether.ts'
import { ENV, type FunctionName } from '../../functions/env.ts'
import { bundle } from '../../infra/bundle.ts'
import { sizeOf } from '../../infra/native.ts'
import { root } from '../rules/tree.ts'
import { ministackOfBench } from './bench-emulator.ts'
import { type Deployed, deployed } from './deployed.ts'

endWithParent()
const ROUNDS = 5
const WARM = 4
const MB = 1_000_000
const run = promisify(execFile)

/** Prints the milliseconds from the process's start to the package's load, and each answer's own. */
const TIMED = `
  const [folder, ...events] = process.argv.slice(1)
  const { handler } = await import('file://' + folder + '/index.mjs')
  const context = { getRemainingTimeInMillis: () => 300_000, awsRequestId: 'bench' }
  const times = [performance.now()]
  for (const event of events) {
    const began = performance.now()
    const answer = await handler(JSON.parse(event), context)
    times.push(performance.now() - began)
    const isWrong = answer.batchItemFailures ? answer.batchItemFailures.length > 0 : answer.statusCode !== 200
    if (isWrong) throw new Error('the package failed: ' + JSON.stringify(answer).slice(0, 200))
  }
  process.stdout.write('\\n' + JSON.stringify(times) + '\\n', () => process.exit(0))
`

function publish(line: Omit<Line, 'bench'>): void {
  process.stdout.write(`${JSON.stringify({ bench: 'cold', ...line })}\n`)
}

function created(bucket: string, key: string, versionId?: string): object {
  const s3 = { bucket: { name: bucket }, object: { key: encodeURIComponent(key), ...(versionId && { versionId }) } }
  const body = JSON.stringify({ Records: [{ eventName: 'ObjectCreated:Put', s3 }] })
  return { Records: [{ messageId: key, body, attributes: { ApproximateReceiveCount: '1' } }] }
}

/** The queues' work is this process's alone: nobody else takes an upload. */
async function stopFeeding(lambda: LambdaClient): Promise<void> {
  const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand())
  for (const { UUID } of EventSourceMappings) {
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }))
  }
}

const folders = new Map<FunctionName, string>()
for (const name of Object.keys(ENV) as FunctionName[]) {
  const folder = bundle(name)
  folders.set(name, folder)
  const size = sizeOf(folder) / MB
  const atMost = { seal: 140, open: 3, link: 3, verify: 3 }[name as string]
  publish({
    metric: `package of ${name}, unzipped`,
    value: size,
    unit: 'MB',
    ...judged(size, atMost ? { atMost } : {}),
  })
}

await using emulator = await ministackOfBench()
const on = await deployed(emulator)
const lambda = new LambdaClient()
await stopFeeding(lambda)
await on.safelight('keys', 'init')
const photograph = await readFile(join(root, 'samples', 'landscape.jpg'))

async function timesOf(name: FunctionName, deployedAs: string, events: readonly object[]): Promise<readonly number[]> {
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: deployedAs }))
  const folder = folders.get(name) ?? ''
  const args = ['--input-type=module', '--eval', TIMED, folder, ...events.map((event) => JSON.stringify(event))]
  const env = { ...emulator.env, ...Environment?.Variables, PATH: process.env.PATH, LAMBDA_TASK_ROOT: folder }
  const { stdout } = await run(process.execPath, args, { cwd: folder, env, maxBuffer: 2 ** 28 })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '[]')
}

async function measure(
  name: FunctionName,
  deployedAs: string,
  what: string,
  eventsOf: (count: number) => Promise<readonly object[]>,
  atMost?: number,
): Promise<void> {
  const [loads, firsts, again]: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round < ROUNDS; round++) {
    const [load = 0, first = 0, ...warm] = await timesOf(name, deployedAs, await eventsOf(1 + WARM))
    loads.push(load)
    firsts.push(load + first)
    again.push(...warm)
  }
  const told = (metric: string, values: readonly number[], target: object = {}) => {
    const { median, spread } = summary(values)
    publish({ metric, value: median, unit: 'ms', spread, rounds: values.length, ...target })
  }
  told(`${name}: process started and package loaded`, loads)
  const target = judged(summary(firsts).median, atMost === undefined ? {} : { atMost })
  told(`${name}: ${what}, from the process's start`, firsts, target)
  told(`${name}: ${what}, warm`, again)
}

/** Nothing may be sealed or opened twice in one measurement: each gets an upload, or a link, of its own. */
const uploadsFor = (to: Deployed) => async (count: number) => {
  const events: object[] = []
  for (let i = 0; i < count; i++) {
    const key = crypto.randomUUID()
    events.push(created(to.outputs.IntakeBucketName, key, await to.upload(key, photograph)))
  }
  return events
}

await measure('seal', on.outputs.SealFunctionName, 'a photograph of 1920 by 1080 sealed', uploadsFor(on), 3_000)

const Bucket = on.outputs.VaultBucketName
const { Contents = [] } = await new S3Client({ forcePathStyle: true }).send(
  new ListObjectsV2Command({ Bucket, Prefix: 'o/' }),
)
const sealed = Contents.map(({ Key = '' }) => Key)
await measure('verify', on.outputs.VerifyFunctionName, 'an object verified and committed', async (count) =>
  sealed.splice(0, count).map((key) => created(Bucket, key)),
)

const [{ id: objectId } = { id: '' }] = await on.stack.catalogue.objects({ limit: 1 })
await measure(
  'open',
  on.outputs.OpenFunctionName,
  'a photograph opened by link',
  async (count) => {
    const { url } = await on.stack.link({ objectId, rendition: 'original', ttlSeconds: 600, uses: count })
    const event = {
      rawPath: new URL(url).pathname,
      requestContext: { http: { method: 'GET', sourceIp: '192.0.2.1' } },
    }
    return Array.from({ length: count }, () => event)
  },
  400,
)
