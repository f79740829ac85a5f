// One object's page: what its link form offers and refuses, what it says of the envelope, and how a large original leaves.
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import * as z from 'zod'
import { MAIN } from '../support/server.ts'
import { launch } from './chromium.ts'
import { bePatient } from './patience.ts'
import { opaque, type Upload } from './pictures.ts'
import { type Served, serve, type Visit, visit } from './serve.ts'

bePatient()

let browser: Browser
let served: Served
let current: Visit
let page: Page

beforeAll(async () => {
  browser = await launch()
  served = await serve()
})
afterAll(async () => {
  await served?.stop()
  await browser?.close()
})
beforeEach(async () => {
  current = await visit(browser, served, {}, /status of 403/)
  page = current.page
  await page.locator('.connection[data-state="live"]').waitFor()
})
afterEach(async () => {
  await current.close()
  expect(current.complaints).toEqual([])
})

/** Uploads it, waits until it is sealed as restricted, and opens its page. */
async function openUpload(upload: Upload): Promise<void> {
  await page.setInputFiles('#choose-files', upload)
  const row = page.locator('.row[data-phase="done"]', { hasText: upload.name })
  await row.getByRole('link', { name: 'Open' }).click()
  await page.locator('.object').waitFor()
}

/** What the server says of objects, changed on its way to the page. */
async function pretend(change: Readonly<Record<string, unknown>>): Promise<void> {
  await page.route(/\/api\/objects\/[0-9a-f]{32}$/, async (route) => {
    const response = await route.fetch()
    const detail = z.record(z.string(), z.unknown()).parse(await response.json())
    await route.fulfill({ response, json: { ...detail, ...change } })
  })
}

function safelight(...args: string[]): void {
  const env = { ...process.env, SAFELIGHT_HOME: served.home, NO_COLOR: '1' }
  const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}

const links = () => page.locator('.link-row')

test('the link form of a restricted object offers an hour and ten uses at most, and refuses more at the field', async () => {
  await openUpload(opaque('strict.bin'))
  expect(await page.locator('#link-ttl option').allTextContents()).toEqual(['1 minute', '10 minutes', '1 hour'])
  expect(await page.locator('#link-ttl').inputValue()).toBe('600')
  await page.getByText('Restricted allows links of at most 1 hour and 10 uses.').waitFor()
  for (const wrong of ['11', '0', '1.5', '']) {
    await page.locator('#link-uses').fill(wrong)
    await page.locator('#make-link').click()
    await page.locator('#link-uses-wrong', { hasText: 'from 1 to 10' }).waitFor()
    expect(await page.locator('#link-uses').getAttribute('aria-invalid')).toBe('true')
  }
  expect(await links().count()).toBe(0)
  await page.locator('#link-uses').fill('10')
  expect(await page.locator('#link-uses-wrong').isVisible()).toBe(false)
  await page.locator('#link-ttl').selectOption({ label: '1 hour' })
  await page.locator('#make-link').click()
  await links().first().waitFor()
  expect(await links().innerText()).toContain('10 of 10 uses left')
})

test('limits that tightened while the form was open are told at the field they concern', async () => {
  await pretend({ limits: { maxTtlSeconds: 86_400, maxUses: 100, approvals: 0 } })
  await openUpload(opaque('tightened.bin'))
  await page.locator('#link-ttl').selectOption({ label: '1 day' })
  await page.locator('#make-link').click()
  await page.locator('#link-ttl-wrong', { hasText: 'This tier allows links of at most 1h' }).waitFor()
  await page.locator('#link-ttl:focus').waitFor()
  await page.locator('#link-ttl').selectOption({ label: '1 hour' })
  await page.locator('#link-uses').fill('11')
  await page.locator('#make-link').click()
  await page.locator('#link-uses-wrong', { hasText: 'at most 10 uses a link' }).waitFor()
  expect(await page.locator('#link-ttl-wrong').isVisible()).toBe(false)
  expect(await links().count()).toBe(0)
})

test('where others must agree first, no link is offered', async () => {
  await pretend({ limits: { maxTtlSeconds: 900, maxUses: 1, approvals: 1 } })
  await openUpload(opaque('agreed.bin'))
  await page.getByText('1 more person has to agree to a link now').waitFor()
  expect(await page.locator('#make-link').isDisabled()).toBe(true)
})

test('the envelope says how often it was made anew and names the keys it is under now', async () => {
  await openUpload(opaque('rewrapped.bin'))
  const envelope = page.getByRole('region', { name: 'Envelope' })
  const made = envelope.locator('dd').first()
  expect(await made.innerText()).toBe('never')
  const before = await envelope.locator('.recipients').innerText()
  safelight('keys', 'rotate')
  safelight('rewrap')
  await page.reload()
  await page.locator('.object').waitFor()
  expect(await made.innerText()).toBe('once')
  expect(await envelope.locator('.recipients').innerText()).not.toBe(before)
})

test('an original too large for the page leaves by a link that opens once', async () => {
  await pretend({ size: 65 * 2 ** 20 })
  const upload = opaque('large.bin')
  await openUpload(upload)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('#download', { hasText: 'one-use link' }).click(),
  ])
  expect(download.url().startsWith(served.linkOrigin)).toBe(true)
  expect(download.suggestedFilename()).toBe('large.bin')
  expect((await readFile(await download.path())).equals(upload.buffer)).toBe(true)
  await page.locator('.link-row[data-state="used-up"]').waitFor()
  expect((await fetch(download.url())).status).toBe(410)
})

test('a read by link shows up in the open list of reads by itself', async () => {
  const upload = opaque('read.bin')
  await openUpload(upload)
  await page.locator('#make-link').click()
  const url = await page.locator('#link-url').inputValue()
  await page.getByRole('link', { name: 'Reads' }).click()
  await page.getByRole('button', { name: 'By link' }).click()
  const reads = page.locator('tbody tr', { hasText: 'Read by link' })
  const before = await reads.count()
  expect((await fetch(url)).status).toBe(200)
  await reads.nth(before).waitFor()
  expect(await reads.first().innerText()).toContain(`${upload.buffer.length} B`)
})
