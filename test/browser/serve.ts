/** A real `safelight serve` on a home of its own, and pages of it that note whatever a person's browser would complain about. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

export interface Served {
  /** With the token in its fragment. */
  readonly url: string
  readonly origin: string
  readonly linkOrigin: string
  readonly dropFolder: string
  stop(): Promise<void>
}

interface Announcement {
  readonly url: string
  readonly linkOrigin: string
  readonly dropFolder: string
}

function isAnnouncement(value: unknown): value is Announcement {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['url', 'linkOrigin', 'dropFolder'].every(
      (name) => typeof Object.entries(value).find(([key]) => key === name)?.[1] === 'string',
    )
  )
}

async function firstLine(child: ChildProcess): Promise<Announcement> {
  let complaint = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint += chunk.toString()
  })
  if (!child.stdout) throw new Error('serve has no stdout')
  for await (const line of createInterface({ input: child.stdout })) {
    const value: unknown = JSON.parse(line)
    if (isAnnouncement(value)) return value
    throw new Error(`serve announced ${line}`)
  }
  throw new Error(`serve ended before it announced itself: ${complaint}`)
}

export async function serve(): Promise<Served> {
  const home = await mkdtemp(join(tmpdir(), 'safelight-browser-'))
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--json'], {
    env: { ...process.env, SAFELIGHT_HOME: join(home, 'home'), NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const announced = await firstLine(child).catch(async (error: unknown) => {
    child.kill('SIGKILL')
    await rm(home, { recursive: true, force: true })
    throw error
  })
  child.stdout?.resume()
  return {
    ...announced,
    origin: new URL(announced.url).origin,
    async stop() {
      child.kill('SIGTERM')
      await ended
      await rm(home, { recursive: true, force: true })
    },
  }
}

export interface Visit {
  readonly page: Page
  /** Console errors, uncaught exceptions, policy violations, and requests that leave the console's origin. */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

const REPORT_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) =>
  console.error('policy: ' + event.effectiveDirective + ' ' + event.blockedURI))`

/** Opens the console in a context of its own. Errors that `expected` matches are the test's own doing. */
export async function visit(
  browser: Browser,
  served: Served,
  options: BrowserContextOptions = {},
  expected: RegExp = /^$/,
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: served.origin })
  await context.addInitScript(REPORT_VIOLATIONS)
  const page = await context.newPage()
  const complaints: string[] = []
  const complain = (text: string) => {
    if (!expected.test(text)) complaints.push(text)
  }
  page.on('pageerror', (error) => complain(`exception: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complain(`console: ${message.text()}`)
  })
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (protocol !== 'blob:' && origin !== served.origin) complain(`request to ${origin}`)
  })
  await page.goto(served.url)
  return { page, complaints, close: () => context.close() }
}
