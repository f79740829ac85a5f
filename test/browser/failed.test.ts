// What fails, as a person meets it: wrong public keys are pinned, uploads fail, the keys are mended, everything is retried.
import { spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listFailed, listObjects, MAIN, until } from '../support/server.ts'
import { launch } from './chromium.ts'
import { bePatient, PATIENCE } from './patience.ts'
import { photograph } from './pictures.ts'
import { type Served, serve, visit } from './serve.ts'

bePatient()

let browser: Browser
let served: Served

function keysInit(home: string): void {
  const { status, stderr } = spawnSync(process.execPath, [MAIN, 'keys', 'init'], {
    env: { ...process.env, SAFELIGHT_HOME: home, NO_COLOR: '1' },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
}

/** Somebody else's public keys: what is sealed under them opens with no key that this home holds. */
function pinStrangers(home: string): void {
  keysInit(home)
  const keys = join(home, 'keys')
  for (const name of readdirSync(keys).filter((file) => file.endsWith('.pub'))) {
    writeFileSync(join(keys, name), (name.includes('1024') ? ml_kem1024 : ml_kem768).keygen().publicKey)
  }
}

/** Lets a test end the event stream under the page, as a broken connection would. */
const CUTTABLE = `{
  const real = window.fetch
  window.fetch = (url, options = {}) => {
    if (!String(url).startsWith('/api/events')) return real(url, options)
    const cut = new AbortController()
    window.cutEvents = () => cut.abort()
    return real(url, { ...options, signal: AbortSignal.any([options.signal, cut.signal]) })
  }
}`

beforeAll(async () => {
  browser = await launch()
  served = await serve(pinStrangers)
})
afterAll(async () => {
  await served?.stop()
  await browser?.close()
})

test('what failed while the page was away says why and what to do, and once the keys are mended, Retry all seals it', async () => {
  const { page, complaints, close } = await visit(browser, served, {}, /ERR_|Failed to load/)
  await page.addInitScript(CUTTABLE)
  await page.reload()
  const connection = (state: string) => page.locator(`.connection[data-state="${state}"]`).waitFor()
  const away = async (work: () => Promise<unknown>) => {
    await page.route('**/api/events*', (route) => route.abort())
    await page.evaluate('cutEvents()')
    await connection('reconnecting')
    await work()
    await page.unroute('**/api/events*')
    await page.locator('.connection').click()
    await connection('live')
  }
  await connection('live')
  const uploads = await Promise.all(['one.jpg', 'two.jpg'].map(photograph))
  await page.setInputFiles('#choose-files', uploads)
  await page.locator('.row[data-phase="sealing"]').nth(1).waitFor()
  await away(() => until('both failures', async () => (await listFailed(served)).length === 2, PATIENCE))
  const failedRow = page.locator('.row[data-phase="failed"]', { hasText: 'Verification failed' })
  await failedRow.nth(1).waitFor()

  await page.getByRole('link', { name: 'Failed 2 items' }).click()
  const items = page.locator('.failed-item')
  await items.nth(1).waitFor()
  for (const text of await items.allInnerTexts()) {
    expect(text).toContain('Verification failed: does not open')
    expect(text).toContain('safelight doctor')
    expect(text).toMatch(/While verifying · \d+ attempts?/)
  }
  expect(await listObjects(served)).toEqual([])

  keysInit(served.home)
  await page.getByRole('button', { name: 'Retry all' }).click()
  await page.locator('.blank', { hasText: 'Nothing has failed' }).waitFor()
  expect(await page.locator('#retry-all').isVisible()).toBe(false)
  await away(() => until('both objects', async () => (await listObjects(served)).length === 2, PATIENCE))
  await page.getByRole('link', { name: 'Vault' }).click()
  const done = page.locator('.row[data-phase="done"]')
  for (const { name } of uploads) await done.filter({ hasText: name }).getByRole('link', { name: 'Open' }).waitFor()
  await page.locator('a.tile').nth(1).waitFor()
  expect(await listFailed(served)).toEqual([])
  await close()
  expect(complaints).toEqual([])
})
