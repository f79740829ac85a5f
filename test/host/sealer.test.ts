/** The sealing process: it seals without a key, dies alone, and can't reach what it has no business with. */
import { type ChildProcess, type ForkOptions, fork } from 'node:child_process'
import { once } from 'node:events'
import { symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type LookLimits, watchLook } from '../../cli/host/look.ts'
import { createSealer, type Sealer } from '../../cli/host/sealer.ts'
import { verify } from '../../shared/flow/verify.ts'
import { homeLayout } from '../../shared/platform/local/keys.ts'
import { Unavailable } from '../../shared/platform/ports.ts'
import { defaultPolicy } from '../../shared/policy/policy.ts'
import { makeWorld, smallPicture, type World } from '../support/world.ts'
import { createMessageFor, resultOf } from './sealing.ts'

const PROJECT = resolve(import.meta.dirname, '..', '..')
const MODELS = join(PROJECT, 'models')
/** Every start of a process, to be started again with another script, or killed. */
const forks: { readonly child: ChildProcess; readonly options: ForkOptions }[] = []

vi.mock('node:child_process', async (original) => {
  const actual = await original<typeof import('node:child_process')>()
  return {
    ...actual,
    fork(script: string, ...rest: [ForkOptions] | [string[], ForkOptions?]) {
      if (Array.isArray(rest[0])) return actual.fork(script, rest[0], rest[1])
      const child = actual.fork(script, rest[0])
      forks.push({ child, options: rest[0] })
      return child
    },
  }
})

let world: World
let sealer: Sealer
let generateDataKey: World['ports']['dataKeys']['generateDataKey']

function sealerFor(home: string, timeoutMs?: number, look?: LookLimits): Sealer {
  const { stackId, kem, events } = world.ports
  const settings = {
    objects: homeLayout(home).objects,
    models: MODELS,
    stackId,
    policy: defaultPolicy,
    ...(look && { look }),
  }
  const dataKeys = { generateDataKey: (context: Parameters<typeof generateDataKey>[0]) => generateDataKey(context) }
  return createSealer(settings, { kem, dataKeys, events }, timeoutMs)
}

beforeEach(async () => {
  world = await makeWorld()
  generateDataKey = world.ports.dataKeys.generateDataKey
  forks.length = 0
  sealer = sealerFor(world.home)
})
afterEach(async () => {
  await sealer.stop()
  await world[Symbol.asyncDispose]()
})

const running = () => forks.at(-1)?.child

describe('the sealing process', () => {
  test('seals what the real keys open, tells of its steps, and holds no key for it', async () => {
    expect(await sealer.problems()).toEqual([])
    const arrival = await world.arrive(await smallPicture())
    const { response, sealed } = resultOf(await sealer.invoke(createMessageFor(arrival.ref)))
    expect(response).toEqual({ batchItemFailures: [] })
    expect(sealed.map(({ upload }) => upload)).toEqual([arrival.ref.key])
    const [stored] = sealed
    expect(await verify(world.ports, stored?.stored.key ?? '')).toMatchObject({ outcome: 'committed' })
    const steps = world.events.flatMap((event) => (event.type === 'step' ? [event.step] : []))
    expect(steps.slice(0, 6)).toEqual(['inspect', 'preprocess', 'assess', 'decide', 'encrypt', 'stored'])
    expect(forks).toHaveLength(1)
  })

  test('says that keys are unavailable when the host has none for it', async () => {
    generateDataKey = async () => {
      throw new Unavailable('not now')
    }
    const arrival = await world.arrive(await smallPicture())
    const { response, reasons } = resultOf(await sealer.invoke(createMessageFor(arrival.ref)))
    expect(response.batchItemFailures).toEqual([{ itemIdentifier: arrival.ref.key }])
    expect(reasons).toEqual({ [arrival.ref.key]: 'unavailable' })
    expect(await world.keysOf('intake')).toHaveLength(1)
  })

  test('that dies says so, and another takes its place', async () => {
    const arrival = await world.arrive(await smallPicture())
    await sealer.problems()
    generateDataKey = async () => {
      running()?.kill('SIGKILL')
      return new Promise(() => {})
    }
    expect(await sealer.invoke(createMessageFor(arrival.ref))).toEqual({ died: 'sealer-died' })
    expect(await world.keysOf('vault', 'o/')).toEqual([])
    generateDataKey = world.ports.dataKeys.generateDataKey
    const { sealed } = resultOf(await sealer.invoke(createMessageFor(arrival.ref)))
    expect(sealed).toHaveLength(1)
    expect(forks).toHaveLength(2)
  })

  test('that a picture ended is not waited for by who asks how the models are', async () => {
    expect(await sealer.problems()).toEqual([])
    const child = running()
    if (!child) throw new Error('it runs')
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    const arrival = await world.arrive(await smallPicture())
    const sealing = sealer.invoke(createMessageFor(arrival.ref))
    let spoke = false
    running()?.once('message', () => {
      spoke = true
    })
    expect(await sealer.problems()).toEqual([])
    expect(forks).toHaveLength(2)
    expect(spoke).toBe(false)
    await sealing
  })

  test('that was killed between two files is replaced', async () => {
    await sealer.problems()
    const child = running()
    if (child) {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
    const arrival = await world.arrive(await smallPicture())
    expect(resultOf(await sealer.invoke(createMessageFor(arrival.ref))).sealed).toHaveLength(1)
  })

  test('that takes too long is ended, and what comes next does not pay for it', async () => {
    await sealer.stop()
    sealer = sealerFor(world.home, 1500)
    await sealer.problems()
    generateDataKey = () => new Promise(() => {})
    const [slow, next] = [await world.arrive(await smallPicture(1)), await world.arrive(Buffer.from('quick'))]
    expect(await sealer.invoke(createMessageFor(slow.ref))).toEqual({ died: 'timeout' })
    generateDataKey = world.ports.dataKeys.generateDataKey
    const { sealed } = resultOf(await sealer.invoke(createMessageFor(next.ref)))
    expect(sealed.map(({ upload }) => upload)).toEqual([next.ref.key])
    expect(forks[0]?.child.signalCode).toBe('SIGKILL')
  })
})

describe('a look', () => {
  const ENOUGH = { seconds: 600, bytes: 2 ** 40 }

  async function lookedAt(look: LookLimits) {
    await sealer.stop()
    sealer = sealerFor(world.home, undefined, look)
    const arrival = await world.arrive(await smallPicture())
    return sealer.invoke(createMessageFor(arrival.ref))
  }

  test('that takes too much processor time ends the process, and says so', async () => {
    expect(await lookedAt({ ...ENOUGH, seconds: 0.001 })).toEqual({ died: 'timeout' })
    expect(running()?.killed).toBe(true)
  })

  test('that takes too much memory ends the process, and says so', async () => {
    expect(await lookedAt({ ...ENOUGH, bytes: -(2 ** 40) })).toEqual({ died: 'too-much-memory' })
    expect(running()?.killed).toBe(true)
  })

  test('within its limits ends nothing', async () => {
    expect(resultOf(await lookedAt(ENOUGH)).sealed).toHaveLength(1)
    expect(running()?.killed).toBe(false)
  })

  test('is over when encrypting begins: a slow disk is no hostile picture', async () => {
    const told: string[] = []
    const look = watchLook((what) => told.push(what), { seconds: 600, bytes: -(2 ** 40) })
    look.begin()
    look.end()
    await sleep(100)
    expect(told).toEqual([])
    look.begin()
    await vi.waitFor(() => expect(told).toEqual(['memory']))
    await sleep(100)
    expect(told).toEqual(['memory'])
  })
})

describe('its permissions', () => {
  const FORBIDDEN = [
    'write into intake',
    'read the rest of the checkout',
    'read the keys folder',
    'read a key',
    'read a seed',
    'read the catalogue',
    'read the home',
    'write a key',
    'write beside the objects',
    'write the program',
    'read the password file',
    'start a program',
    'start a thread',
  ]

  async function probe(home: string): Promise<Record<string, unknown>> {
    await sealer.problems()
    const child = fork(join(import.meta.dirname, 'probe.mjs'), [home, PROJECT], forks[0]?.options)
    const [answer] = await once(child, 'message')
    child.disconnect()
    return answer
  }

  test('reach objects and program, and neither keys, catalogue, other programs nor secrets of the environment', async () => {
    const answer = await probe(world.home)
    for (const deed of FORBIDDEN) expect(answer[deed], deed).toBe('ERR_ACCESS_DENIED')
    expect(answer).toMatchObject({ 'read the program': true, 'write an object': true })
    expect(answer.environment).not.toMatch(/HOME|TOKEN|SECRET|AWS|SAFELIGHT/)
  })

  test('are those of the real folder where the home is reached through a link', async () => {
    const link = `${world.home}-link`
    await symlink(world.home, link)
    await sealer.stop()
    forks.length = 0
    sealer = sealerFor(link)
    const answer = await probe(world.home)
    for (const deed of FORBIDDEN) expect(answer[deed], deed).toBe('ERR_ACCESS_DENIED')
  })
})
