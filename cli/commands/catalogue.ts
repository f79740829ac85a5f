/** `safelight catalogue rebuild`: the catalogue made again from vault and keys, in a file of its own until it is whole. */
import { existsSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import { type Rebuilt, rebuild } from '../../shared/flow/rebuild.ts'
import { type LocalCatalogue, openCatalogue } from '../../shared/platform/local/catalogue.ts'
import { replaceCatalogue } from '../../shared/platform/local/catalogueSwap.ts'
import { systemClock } from '../../shared/platform/local/clock.ts'
import { homeLayout } from '../../shared/platform/local/keys.ts'
import { withDatabaseAlone } from '../../shared/platform/local/lock.ts'
import { openQueue } from '../../shared/platform/local/queue.ts'
import { Unavailable } from '../../shared/platform/ports.ts'
import { type Context, defineCommand, usage } from '../args.ts'
import { openVault } from '../deployment.ts'
import { CommandFailed } from '../errors.ts'
import { homeFolder } from '../home.ts'
import { wayOut, wordsOf } from '../lacks.ts'
import { neededKeys } from '../needed.ts'
import { openStackOf, STACK } from '../place.ts'
import { sendLost } from '../stack/rebuild.ts'
import type { Stack } from '../stack/stack.ts'

export const command = defineCommand({
  name: 'catalogue',
  summary: 'make the catalogue again from vault and keys',
  usage: ['rebuild [--force] [--incomplete]', 'rebuild --stack NAME'],
  description: `rebuild opens every sealed object in the vault to its last byte and writes a new catalogue of those that open. The
old one is kept beside it. Links and the access log can't be made again: every link stops working. What does not open is
named and left where it is. It can be killed and run again, and goes on where it was. It does not run while a server
does. An object opens with the newest envelope that is in the vault and verifies. What was deleted stays deleted: the
vault itself says so.
Exit code 1 when something did not open; the new catalogue is in its place all the same.
On a stack, what no row names is sent to be verified, which opens and commits it after the command has ended, and so are
rows of what was erased, which go; other rows stay, so it takes no --force. JSON: {sent, ms}
JSON: one line an object that failed, {id, reason};
then {rebuilt, waiting, superseded, deleted, renditionsLost, failed, kept, ms}`,
  options: {
    ...STACK,
    force: {
      type: 'boolean',
      short: 'f',
      help: 'also where the catalogue is sound: its links and access log are lost',
    },
    incomplete: {
      type: 'boolean',
      help: 'with --force: also where objects need keys that are not here, and so would be left out',
    },
  },
  operands: [1, 1],
  examples: [
    ['catalogue rebuild', 'after "catalogue.sqlite is damaged", or when it was lost'],
    ['catalogue rebuild --force', 'after an older copy of it was put back'],
  ],
  async run({ stack: name, force = false, incomplete = false }, [action = ''], { env, out }) {
    if (action !== 'rebuild') throw usage('catalogue', `there is no safelight catalogue ${action}`)
    const stack = await openStackOf({ stack: name }, env)
    if (stack) {
      if (force || incomplete) throw usage('catalogue', 'a stack keeps the rows it has: leave --force out')
      return sendAndSay(stack, out)
    }
    const home = homeFolder(env)
    const vault = await openVault(home)
    const { queue } = homeLayout(home)
    openQueue(queue).close()
    const done = await withDatabaseAlone(queue, async () => {
      if (await isOfUse(homeLayout(home).catalogue)) {
        if (!force) {
          throw new CommandFailed(
            'the catalogue is sound',
            '--force rebuilds it all the same; its links and access log are then lost',
          )
        }
        if (!incomplete) await refuseIncomplete({ home, ...vault })
      }
      return rebuildAndReplace(home, vault, out)
    })
    if (done === undefined) {
      throw new CommandFailed(
        'this home is in use by another Safelight process',
        'stop safelight serve, then run safelight catalogue rebuild again',
      )
    }
    return done.value === 0 ? undefined : 1
  },
})

async function sendAndSay(stack: Stack, out: Context['out']): Promise<undefined> {
  const started = performance.now()
  let sent = 0
  const bar = out.progress('sending', undefined, 'items')
  try {
    for await (const slice of sendLost(stack)) {
      sent += slice
      bar.update(sent)
    }
  } finally {
    bar.end()
  }
  out.result(
    { sent, ms: Math.round(performance.now() - started) },
    `${sent} objects that no row names, or that were erased, were sent to be verified; \`ls\` lists each once it was opened`,
  )
  return undefined
}

/** Whether it is sound and lists something. */
async function isOfUse(file: string): Promise<boolean> {
  if (!existsSync(file)) return false
  try {
    using stack = new DisposableStack()
    const catalogue = openCatalogue(file)
    stack.defer(() => catalogue.close())
    if ((await catalogue.check()).length > 0) return false
    let rows = 0
    for await (const _row of catalogue.every()) rows++
    return rows > 0
  } catch (error) {
    if (error instanceof Unavailable) return false
    throw error
  }
}

/** A sound catalogue must not give way to one that leaves out what only a key is missing for. */
async function refuseIncomplete(vault: Parameters<typeof neededKeys>[0]): Promise<void> {
  const [first] = (await neededKeys(vault, undefined)).lacks
  if (first === undefined) return
  const { lack, objects } = first
  throw new CommandFailed(
    `${objects} object${objects === 1 ? ' needs' : 's need'} ${wordsOf(lack)}, and would be left out`,
    `${wayOut(lack)}; --incomplete rebuilds without ${objects === 1 ? 'it' : 'them'}`,
  )
}

/** What a killed run left, or a new one where that is damaged. */
function openRebuilt(file: string): LocalCatalogue {
  try {
    return openCatalogue(file)
  } catch (error) {
    if (!(error instanceof Unavailable) || !existsSync(file)) throw error
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true })
    return openCatalogue(file)
  }
}

const NOTHING = { rebuilt: 0, known: 0, waiting: 0, superseded: 0, deleted: 0, failed: 0 }

/** @returns how many objects failed */
async function rebuildAndReplace(
  home: string,
  vault: Awaited<ReturnType<typeof openVault>>,
  out: Context['out'],
): Promise<number> {
  const started = performance.now()
  const counts: Record<Rebuilt['outcome'], number> = { ...NOTHING }
  let renditionsLost = 0
  const bar = out.progress('rebuilding', undefined, 'items')
  const catalogue = openRebuilt(homeLayout(home).rebuiltCatalogue)
  try {
    let done = 0
    for await (const step of rebuild({ ...vault, catalogue })) {
      counts[step.outcome]++
      bar.update(++done)
      if (step.outcome === 'rebuilt') renditionsLost += step.lost
      if (step.outcome !== 'failed') continue
      bar.end()
      const { objectId, reason } = step
      if (out.json) out.result({ id: objectId, reason })
      else out.fail({ exitCode: 1, message: `${objectId}: ${reason.replace('-', ' ')}; left as it is` })
    }
  } finally {
    bar.end()
    catalogue.close()
  }
  const kept = await replaceCatalogue(home, systemClock)
  const { waiting, superseded, deleted, failed } = counts
  const rebuilt = counts.rebuilt + counts.known
  const ms = Math.round(performance.now() - started)
  out.result(
    {
      rebuilt,
      waiting,
      superseded,
      deleted,
      renditionsLost,
      failed,
      kept: kept === undefined ? null : basename(kept),
      ms,
    },
    `${rebuilt} objects are in the new catalogue, ${failed} did not open; all links are gone`,
  )
  if (waiting > 0) out.note(`${waiting} more have their upload in intake: safelight serve verifies them`)
  if (deleted > 0) out.note(`${deleted} were deleted, and are in this copy of the vault: safelight serve erases them`)
  if (renditionsLost > 0) out.warn(`${renditionsLost} previews did not open; their objects did`)
  if (kept !== undefined) out.note(`the old catalogue is kept as ${basename(kept)}; delete it when you like`)
  return failed
}
