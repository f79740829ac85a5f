/** Pairs of functions that take turns at one stack's queues: the deployed one, and others that are compared with it. */
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { openSqsQueue } from '../../../shared/platform/aws/queue.ts'
import type { Deployed } from '../deployed.ts'
import { emptied, type Upload, until, uploadAll } from './intake.ts'

type Half = 'seal' | 'verify'
/** Names of functions. */
export type Pair = Readonly<Record<Half, string>>

const WARM_UP = 6
const MINUTES = 10

export interface Pairs {
  readonly deployed: Pair
  /** A half that isn't given is the deployed one. */
  make(name: string, packages: Readonly<Partial<Record<Half, Uint8Array>>>): Promise<Pair>
  /** Lets a pair reach AWS there, or directly. */
  through(pair: Pair, endpoint: string | undefined): Promise<void>
  /** Gives the queues to this pair, once it is warm. */
  use(pair: Pair): Promise<void>
  /** @returns how long these took from the first upload until none is left in intake, seconds */
  run(pictures: readonly Buffer[]): Promise<{ readonly seconds: number; readonly uploads: readonly Upload[] }>
  /** Waits until the last function that works has answered. */
  settled(): Promise<void>
}

export async function openPairs(on: Deployed, drawn: readonly Buffer[]): Promise<Pairs> {
  const lambda = new LambdaClient()
  const deployed: Pair = { seal: on.outputs.SealFunctionName, verify: on.outputs.VerifyFunctionName }
  const halves = ['seal', 'verify'] as const
  const feeds = new Map<Half, string>()
  for (const half of halves) {
    const asked = new ListEventSourceMappingsCommand({ FunctionName: deployed[half] })
    const [{ UUID } = { UUID: undefined }] = (await lambda.send(asked)).EventSourceMappings ?? []
    if (UUID === undefined) throw new Error(`nothing feeds ${half}`)
    feeds.set(half, UUID)
  }
  let runs = 0

  async function run(pictures: readonly Buffer[]) {
    const prefix = `run/${++runs}/`
    const started = performance.now()
    const uploads = await uploadAll(on, pictures, { prefix, count: pictures.length })
    await until('all are sealed', MINUTES, emptied(on, prefix))
    return { seconds: (performance.now() - started) / 1_000, uploads }
  }

  async function settled() {
    const queues = [on.outputs.SealQueueUrl, on.outputs.VerifyQueueUrl].map((url) => openSqsQueue(url))
    const isEmpty = async () =>
      (await Promise.all(queues.map((queue) => queue.waiting()))).every((count) => count === 0)
    await until('all have answered', MINUTES, isEmpty)
  }

  return {
    ...{ deployed, run, settled },
    async make(name, packages) {
      const made: Record<Half, string> = { ...deployed }
      for (const half of halves) {
        const ZipFile = packages[half]
        if (!ZipFile) continue
        const like = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: deployed[half] }))
        const { Role, Runtime, Handler, Timeout, MemorySize, Environment } = like
        made[half] = `${name}-${half}`
        const shared = { Role, Runtime, Handler, Timeout, MemorySize }
        const variables = { Variables: Environment?.Variables ?? {} }
        await lambda.send(
          new CreateFunctionCommand({ FunctionName: made[half], Code: { ZipFile }, Environment: variables, ...shared }),
        )
      }
      return made
    },
    async through(pair, endpoint) {
      for (const half of halves) {
        const FunctionName = pair[half]
        const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))
        const { AWS_ENDPOINT_URL: _, ...others } = Environment?.Variables ?? {}
        const Variables = { ...others, ...(endpoint !== undefined && { AWS_ENDPOINT_URL: endpoint }) }
        await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }))
      }
    },
    async use(pair) {
      for (const half of halves) {
        const feed = { UUID: feeds.get(half), FunctionName: pair[half] }
        await lambda.send(new UpdateEventSourceMappingCommand(feed))
      }
      await run(drawn.slice(0, WARM_UP))
      await settled()
    },
  }
}
