/**
 * The local host: everything a deployment on one machine runs. Queues are pumped into the functions, dropped files are
 * taken in, what a crash left is swept, and the console and the links are served on two ports of the loopback.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Server as HttpServer } from 'node:http'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { reasonOf } from '../../shared/flow/reasons.ts'
import type { Status } from '../console/api.ts'
import { rememberLinkOrigin } from '../deployment.ts'
import { warningsOf } from '../warnings.ts'
import { receive } from './arrivals.ts'
import { consoleApp } from './console-server.ts'
import { type DropFolder, watchDropFolder } from './drop.ts'
import { createLinkServer } from './link-server.ts'
import { listenOn } from './listen.ts'
import { lockForServing } from './lock.ts'
import { STAGES } from './pump.ts'
import { type Log, startWorks, sweepOnce, type Works } from './works.ts'

export interface Host extends AsyncDisposable {
  readonly home: string
  /** Carries the access token in its fragment. */
  readonly url: string
  readonly linkOrigin: string
  readonly dropFolder: string
}

const SWEEP_MS = 10 * 60_000
const VERSION: string = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version

async function statusOf(
  { deployment, pump }: Works,
  linkOrigin: string,
  dropFolder: string,
  passedOver: number,
): Promise<Status> {
  const { queue } = deployment
  return {
    version: VERSION,
    dropFolder,
    linkOrigin,
    threat: deployment.threat(),
    queued: STAGES.reduce((sum, stage) => sum + queue.waiting(stage), 0),
    warnings: [
      ...(await warningsOf(deployment, await pump.problems())),
      ...(pump.unopened().size === 0 ? [] : [leftovers(pump.unopened().size)]),
      ...(passedOver === 0 ? [] : [notTaken(passedOver)]),
    ],
  }
}

function leftovers(count: number): Status['warnings'][number] {
  return {
    text: `${count} sealed object${count === 1 ? '' : 's'} in the vault can't be opened with the keys held here.`,
    hint: 'left by attempts under other keys: no upload waits for them. If you miss pictures, restore the keys of then',
  }
}

function notTaken(count: number): Status['warnings'][number] {
  return {
    text: `${count} ${count === 1 ? 'entry' : 'entries'} of the drop folder will not be taken, and stay as they are.`,
    hint: 'only plain files are taken: no folders, links or hidden files, and no names that are not UTF-8',
  }
}

/** @param port 0 for any free one; links get the next */
export async function startHost(home: string, port: number, log: Log): Promise<Host> {
  // What was started is stopped in reverse, also when a later step fails.
  await using stack = new AsyncDisposableStack()
  const lock = stack.use(lockForServing(home))
  const works = stack.use(await startWorks(home, log))
  const { deployment, hub, arrivals } = works
  const token = randomBytes(24).toString('base64url')
  const dropPath = join(home, 'drop')

  const links = createLinkServer(deployment, log)
  stack.defer(() => closeNow(links))
  const linkOrigin = `http://127.0.0.1:${await listenOn(links, port === 0 ? 0 : port + 1)}`
  rememberLinkOrigin(home, linkOrigin)

  let hosts: readonly string[] = []
  let drop: DropFolder | undefined
  const app = consoleApp({
    deployment,
    hub,
    arrivals,
    token,
    linkOrigin,
    hosts: () => hosts,
    status: () => statusOf(works, linkOrigin, dropPath, drop?.passedOver() ?? 0),
    log,
  })
  const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1', overrideGlobalObjects: false })
  stack.defer(() => closeNow(server))
  const served = await listenOn(server)
  hosts = [`127.0.0.1:${served}`, `localhost:${served}`]
  await lock.announce(`http://127.0.0.1:${served}`)

  // What a killed server had received comes back now, not in an hour. A `put` at work loses nothing but a little time.
  deployment.queue.reclaim()
  await sweepOnce(works)
  const timer = setInterval(() => {
    sweepOnce(works).catch((error: unknown) => log({ event: 'sweep-failed', reason: reasonOf(error) }))
  }, SWEEP_MS)
  stack.defer(() => clearInterval(timer))
  const dropFolder = await watchDropFolder({
    folder: dropPath,
    primitives: deployment.primitives,
    log,
    async receive(key, body, fileName) {
      const sealed = await works.sealedAs(key)
      if (sealed) return (await deployment.objects.head('intake', key)) ? undefined : sealed
      await receive(arrivals, key, body, { fileName, uploader: 'drop-folder' })
      return undefined
    },
  })
  stack.defer(
    hub.listen((event) => void (event.type === 'step' && event.step === 'erased' && dropFolder.sealed(event.upload))),
  )
  drop = dropFolder
  stack.defer(() => dropFolder.stop())

  const started = stack.move()
  return {
    home,
    url: `http://127.0.0.1:${served}/#token=${token}`,
    linkOrigin,
    dropFolder: dropPath,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

/** Event streams never end by themselves. */
function closeNow(server: { close(): unknown }): void {
  server.close()
  if (server instanceof HttpServer) server.closeAllConnections()
}
