/** A real `safelight serve` on a home of its own, and pages of it that note whatever a person's browser would complain about. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { type Server, startServer } from '../support/server.ts'
import { PATIENCE } from './patience.ts'

export type Served = Server

/** @param prepare what is done to the home before the server starts on it */
export async function serve(prepare: (home: string) => void = () => {}): Promise<Served> {
  const root = await mkdtemp(join(tmpdir(), 'safelight-browser-'))
  const home = join(root, 'home')
  const remove = () => rm(root, { recursive: true, force: true })
  try {
    prepare(home)
    const server = await startServer({ home, timeoutMs: PATIENCE })
    return { ...server, stop: (signal) => server.stop(signal).finally(remove) }
  } catch (error) {
    await remove()
    throw error
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
  context.setDefaultTimeout(PATIENCE)
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
