/** One upload on a stack of its own: sealed and verified while something fails, then mended as AWS would, then swept. */
import { smallPicture } from '../../support/world.ts'
import type { Emulator } from '../emulator.ts'
import { arrived, deliver, sweepOnce, upload, vaultEvents, workOff } from './delivery.ts'
import { functionsOf } from './functions.ts'
import { truthOf } from './invariants.ts'
import type { Asked, Fate, FaultProxy } from './proxy.ts'
import { makeTestStack, quick } from './stack.ts'

/** The emulator, and the proxy before it. */
export interface Ground {
  readonly emulator: Emulator
  readonly proxy: FaultProxy
}

const MINUTE_MS = 60_000
let pictures = 0

/** A stack, one upload, and what is asked of them. */
export async function begin({ emulator, proxy }: Ground) {
  const stack = await makeTestStack(emulator)
  proxy.strike(() => 'pass')
  const { endpoint } = emulator
  const tell = vaultEvents(stack, endpoint)
  return {
    ...{ stack, tell, endpoint, truth: truthOf(stack, endpoint) },
    sound: () => functionsOf(stack, quick(endpoint, { maxAttempts: 4, requestTimeoutMs: 30_000 })),
    failing: (maxAttempts: number) => functionsOf(stack, quick(proxy.endpoint, { maxAttempts })),
    arrive: async (key?: string) => upload(stack, await smallPicture(++pictures), key),
  }
}

export type Begun = Awaited<ReturnType<typeof begin>>

/** Two sweeps by functions that know nothing of what was: one soon, one when orphans are old enough. */
export async function settle({ stack, endpoint, sound, tell }: Begun): Promise<void> {
  for (const minutes of [16, 25 * 60]) {
    stack.clock.aheadMs += minutes * MINUTE_MS
    await sweepOnce(stack, endpoint, sound(), tell)
  }
}

/** How what failed goes on: SQS delivers again, or everybody forgot it and SWEEP finds it. */
export type Mending = 'redelivered' | 'forgotten'

export interface Outcome {
  /** Everything that broke an invariant; empty when all is well. */
  readonly wrong: readonly string[]
  /** What the failing functions asked AWS for. */
  readonly calls: readonly string[]
  readonly committedMeanwhile: boolean
}

/**
 * @param fate of every request of the failing functions
 * @param options `receives`: how often SQS delivers while it fails. `refused`: what stays in the vault and never opens
 */
export async function fail(
  ground: Ground,
  fate: (asked: Asked) => Fate,
  options: {
    readonly receives?: number
    readonly attempts?: number
    readonly mending?: Mending
    readonly refused?: number
  } = {},
): Promise<Outcome> {
  const { receives = 2, attempts = 2, mending = 'redelivered', refused = 0 } = options
  const begun = await begin(ground)
  const { stack, tell, truth, sound, failing, arrive } = begun
  const file = await arrive()
  ground.proxy.strike(fate)
  const unsealed = await deliver(failing(attempts).seal, [arrived(stack, file)], receives)
  const unverified = await deliver(failing(attempts).verify, await tell(), receives)
  const calls = ground.proxy.calls
  ground.proxy.strike(() => 'pass')

  const wrong = [...(await truth.neverNeither(file))]
  const committedMeanwhile = (await truth.committedAs(file)) !== undefined
  if (mending === 'redelivered') await redeliver(begun, unsealed, unverified)
  wrong.push(...(await truth.neverNeither(file)))
  await settle(begun)
  wrong.push(...(await truth.settled([file], refused)))
  if (sound().told.errors.length > 0) wrong.push('sound functions failed')
  return { wrong, calls, committedMeanwhile }
}

async function redeliver(begun: Begun, unsealed: readonly string[], unverified: readonly string[]) {
  const { stack, endpoint, sound, tell } = begun
  const functions = sound()
  await deliver(functions.seal, unsealed)
  await deliver(functions.verify, unverified)
  await workOff(stack, endpoint, functions, tell)
}

/** The process ends at its n-th call to AWS, 1 for the first: it makes none from then on. */
export function killedAt(n: number): (asked: Asked) => Fate {
  return ({ at }) => (at < n ? 'pass' : 'before')
}
