/** Reads by link and rewraps by the real command line, killed at each boundary in turn, and what is then found in the home. */
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Deployment, openDeployment } from '../../cli/deployment.ts'
import { makeLinkFor } from '../../shared/flow/link.ts'
import { readByLink } from '../../shared/flow/open.ts'
import { namedBy, rewrap } from '../../shared/flow/rewrap.ts'
import { rotateKeys } from '../../shared/platform/local/keys.ts'
import { collect } from '../support/memory.ts'
import { countOpening, digestOf, type Populated, populate } from '../support/populate.ts'
import { commandLine } from '../support/rotation.ts'
import { PROJECT } from '../support/server.ts'
import { numbered, type Struck } from './kills.ts'
import { type Boundary, type Plan, TOLD } from './strike.ts'

const SPEND = 'catalogue.spend'
/** Of an object under its own envelope: its head and its body are read after the use was spent. */
export const READ: readonly string[] = [
  'catalogue.link',
  'catalogue.object',
  SPEND,
  'objects.get vault',
  'objects.get vault',
]
/** Of an object and its preview, whose envelopes were made anew before. */
export const REWRAP: readonly string[] = Array(2)
  .fill([
    ...['objects.head envelope', 'objects.get envelope', 'objects.get vault'],
    ...['objects.head envelope', 'objects.put envelope (midway)', 'objects.put envelope', 'catalogue.moveEnvelope'],
  ])
  .flat()

export interface StruckCommand extends Struck {
  /** What was found that must not be; nothing, it is hoped. */
  readonly wrong: readonly string[]
}

type Strike = Omit<NonNullable<Plan['strike']>, 'role'>

/** Runs a command in a group of its own, which a strike takes whole. */
function commands(root: string, home: string) {
  const plan = join(root, 'plan', 'plan.json')
  mkdirSync(join(root, 'plan'))
  let plans = 0

  /** @returns the boundaries that it passed where nothing struck, and whether it was killed */
  return async (args: readonly string[], strike?: Strike) => {
    const planned: Plan = { id: String(++plans), ...(strike && { strike: { role: 'host', ...strike } }) }
    writeFileSync(plan, JSON.stringify(planned))
    const env = { ...commandLine(home).env, SAFELIGHT_FAULT_PLAN: plan, NODE_COMPILE_CACHE: join(root, 'compiled') }
    const entry = join(PROJECT, 'test', 'faults', 'entry.ts')
    const child = spawn(process.execPath, [entry, ...args], {
      env,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let told = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      told += text
    })
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done) => {
      child.once('close', (...end) => done(end))
    })
    if (code !== 0 && signal !== 'SIGKILL') throw new Error(`${args[0]} ended with ${code}: ${told}`)
    const lines = told.split('\n').filter((line) => line.startsWith(TOLD))
    const passed = lines.map((line): Boundary => JSON.parse(line.slice(TOLD.length)))
    return { killed: signal === 'SIGKILL', passed: passed.map(({ call }) => call) }
  }
}

async function inHome<T>(home: string, look: (deployment: Deployment) => Promise<T>): Promise<T> {
  await using deployment = await openDeployment(home, { create: false })
  return await look(deployment)
}

async function allOpen(home: string, made: readonly Populated[]): Promise<readonly string[]> {
  const opening = await countOpening(home, made)
  return opening === made.length ? [] : [`${opening} of ${made.length} open`]
}

const USES = 2

async function linkTo({ id }: Populated, home: string) {
  const order = { principal: 'test', ip: '127.0.0.1', objectId: id, rendition: 'original', uses: USES } as const
  const made = await inHome(home, (deployment) => makeLinkFor(deployment, order))
  if (made.outcome !== 'made') throw new Error(`making a link ended as ${made.outcome}`)
  return made
}

/** Uses that are left, and reads that were recorded as let through. */
async function countsOf(home: string, linkId: string): Promise<string> {
  return inHome(home, async ({ catalogue }) => {
    const accesses = await catalogue.accesses({ limit: 1_000 })
    const reads = accesses.filter(({ link, action, status }) => link === linkId && action === 'read' && status === 200)
    return `${(await catalogue.link(linkId))?.usesLeft} left, ${reads.length} recorded`
  })
}

/** Two uses: the killed read has one of them, spent or not, and the next read gets the bytes. */
async function lookAtRead(home: string, object: Populated, link: { url: string; linkId: string }, spent: 0 | 1) {
  const wrong: string[] = []
  const compare = async (spentNow: number) => {
    const [counts, due] = [await countsOf(home, link.linkId), `${USES - spentNow} left, ${spentNow} recorded`]
    if (counts !== due) wrong.push(`${counts}, not ${due}`)
  }
  await compare(spent)
  const request = { method: 'GET', path: new URL(link.url).pathname, ip: '127.0.0.1' }
  const bytes = await inHome(home, async (deployment) => {
    const { body } = await readByLink(deployment, request)
    return body && (await collect(body))
  })
  if (!bytes || digestOf(bytes) !== object.digest) wrong.push('the next read does not get the bytes')
  await compare(spent + 1)
  return wrong
}

/** @param root an empty folder, which is removed */
export async function strikeReads(root: string): Promise<StruckCommand> {
  const home = join(root, 'home')
  try {
    const made = await populate(home, 1)
    const object = made.find(({ rendition }) => rendition === 'original')
    if (!object) throw new Error('there is nothing to read')
    const run = commands(root, home)
    const read = async (strike?: Strike) => {
      const link = await linkTo(object, home)
      return { link, ...(await run(['open', link.url, '-o', join(root, 'out'), '--force'], strike)) }
    }
    const { passed } = await read()
    const [missed, wrong]: [string[], string[]] = [[], []]
    for (const [index, { name, nth }] of numbered(passed).entries()) {
      const { link, killed } = await read({ call: name, nth })
      const found = await lookAtRead(home, object, link, index < passed.indexOf(SPEND) ? 0 : 1)
      if (!killed) missed.push(`${name} ${nth}`)
      wrong.push(...[...found, ...(await allOpen(home, made))].map((what) => `${name} ${nth}: ${what}`))
    }
    return { passed, missed, wrong }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** The generation of each sealed object's envelope. */
function generations({ catalogue }: Deployment): Promise<readonly number[]> {
  return Array.fromAsync(catalogue.every(), (row) => namedBy(row).map(({ ref }) => ref.envelopeGeneration)).then(
    (all) => all.flat(),
  )
}

/** A killed rewrap left each object under its old envelope or its new one; the next run takes all to the new one, once. */
async function lookAtRewrap(home: string, made: readonly Populated[], before: number): Promise<readonly string[]> {
  const wrong = [...(await allOpen(home, made))]
  await inHome(home, async (deployment) => {
    const killed = await generations(deployment)
    if (!killed.every((each) => each === before || each === before + 1)) wrong.push(`left at ${killed}`)
    for await (const { outcome } of rewrap(deployment)) if (outcome === 'failed') wrong.push('resuming failed')
    const after = await generations(deployment)
    if (!after.every((each) => each === before + 1)) wrong.push(`resumed, at ${after} and not ${before + 1}`)
    for await (const { outcome } of rewrap(deployment))
      if (outcome !== 'current') wrong.push(`done, and ${outcome} again`)
  })
  return [...wrong, ...(await allOpen(home, made))]
}

/** @param root an empty folder, which is removed */
export async function strikeRewraps(root: string): Promise<StruckCommand> {
  const home = join(root, 'home')
  try {
    const made = await populate(home, 1)
    const run = commands(root, home)
    const rewrapped = async (strike?: Strike) => {
      await inHome(home, ({ primitives, clock }) => rotateKeys(home, primitives, clock))
      return run(['rewrap'], strike)
    }
    // The first makes envelopes beside the objects: from then on each run takes the same steps.
    await rewrapped()
    const { passed } = await rewrapped()
    const [missed, wrong]: [string[], string[]] = [[], []]
    for (const [index, { name, nth }] of numbered(passed).entries()) {
      const { killed } = await rewrapped({ call: name, nth })
      if (!killed) missed.push(`${name} ${nth}`)
      const found = await lookAtRewrap(home, made, index + 2)
      wrong.push(...found.map((what) => `${name} ${nth}: ${what}`))
    }
    return { passed, missed, wrong }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
