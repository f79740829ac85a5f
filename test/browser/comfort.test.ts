// What makes the console bearable all day: keyboard, themes, small screens, lost connections, old tokens, rude names.
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { launch } from './chromium.ts'
import { bePatient } from './patience.ts'
import { photograph } from './pictures.ts'
import { type Served, serve, type Visit, visit } from './serve.ts'

bePatient()

let browser: Browser
let served: Served
let open: Visit[] = []

beforeAll(async () => {
  browser = await launch()
  served = await serve()
})
afterAll(async () => {
  await served?.stop()
  await browser?.close()
})
afterEach(async () => {
  const visits = open
  open = []
  for (const { close } of visits) await close()
  expect(visits.flatMap(({ complaints }) => complaints)).toEqual([])
})

async function come(...options: Parameters<typeof visit> extends [Browser, Served, ...infer Rest] ? Rest : never) {
  const made = await visit(browser, served, ...options)
  open.push(made)
  await made.page.locator('.connection[data-state="live"]').waitFor()
  return made.page
}

/** Presses Tab until what is asked for is focused: once it is there, one round of the page must come by it. */
async function tabTo(page: Page, selector: string): Promise<void> {
  await page.locator(selector).first().waitFor()
  const stops = await page.locator('a, button, input, select').count()
  for (let pressed = 0; pressed <= stops + 2; pressed++) {
    await page.keyboard.press('Tab')
    if ((await page.locator(`${selector}:focus`).count()) > 0) return
  }
  throw new Error(`the Tab key does not reach ${selector}`)
}

const background = 'getComputedStyle(document.documentElement).backgroundColor'
const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

test('the token leaves the address bar, survives a reload, and reaches a second tab', async () => {
  const page = await come()
  expect(page.url()).not.toContain('token')
  await page.reload()
  await page.locator('.connection[data-state="live"]').waitFor()
  const second = await page.context().newPage()
  await second.goto(`${served.origin}/#/reads`)
  await second.locator('.connection[data-state="live"]').waitFor()
})

test('a refused token says where to get another, and takes it', async () => {
  const page = await come({}, /401/)
  await page.evaluate("sessionStorage.setItem('safelight-token', 'stale')")
  await page.reload()
  await page.locator('.locked').waitFor()
  expect(await page.locator('.locked').innerText()).toContain('safelight serve')
  await page.locator('#paste-url').fill('nothing of the kind')
  await page.locator('#paste-url').press('Enter')
  await page.getByRole('alert').filter({ hasText: 'no token' }).waitFor()
  await page.locator('#paste-url').fill(served.url)
  await page.locator('#paste-url').press('Enter')
  await page.locator('.vault').waitFor()
})

test('a lost connection is shown, and comes back by itself', async () => {
  const page = await come({}, /ERR_|Failed to load/)
  await page.route('**/api/events*', (route) => route.abort())
  await page.reload()
  await page.locator('.connection[data-state="reconnecting"]').waitFor()
  expect(await page.locator('.connection').innerText()).toContain('Reconnecting')
  await page.unroute('**/api/events*')
  await page.locator('.connection[data-state="live"]').waitFor()
})

test('the theme follows the system until one is chosen, and the choice survives a reload', async () => {
  const page = await come({ colorScheme: 'light' })
  const light = await page.evaluate(background)
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await page.evaluate(background)
  expect(dark).not.toBe(light)
  await page.locator('#theme').click()
  expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
  await page.locator('#theme').click()
  expect(await page.evaluate(background)).toBe(light)
  await page.reload()
  await page.locator('.connection').waitFor()
  expect(await page.evaluate(background)).toBe(light)
})

test('the keyboard alone seals the samples, walks the grid, makes a link and leaves a question unanswered', async () => {
  const page = await come()
  const focused = (selector: string) => page.locator(`${selector}:focus`).waitFor()
  await page.keyboard.press('Tab')
  await focused('.skip')
  await page.keyboard.press('Enter')
  await focused('#main')
  await tabTo(page, '#samples')
  await page.keyboard.press('Enter')
  await page.locator('.row[data-phase="done"]').nth(2).waitFor()
  await page.locator('a.tile').nth(2).waitFor()
  await tabTo(page, 'a.tile')
  await page.keyboard.press('End')
  await focused('a.tile')
  await page.keyboard.press('Enter')
  await focused('h1')
  await tabTo(page, '#delete')
  await page.keyboard.press('Enter')
  await page.locator('dialog[open]').waitFor()
  await page.keyboard.press('Escape')
  await page.locator('dialog').waitFor({ state: 'detached' })
  await focused('#delete')
  await tabTo(page, '#make-link')
  await page.keyboard.press('Enter')
  await focused('#link-url')
})

test('a rude name stays text, keeps its line and turns nothing around', async () => {
  const page = await come({ viewport: { width: 320, height: 640 } })
  const rude = `\u202egpj.\u0007<img src=x onerror=alert(1)>${'long'.repeat(50)}.jpg`
  await page.setInputFiles('#choose-files', await photograph(rude))
  const row = page.locator('.row[data-phase="done"]', { hasText: 'onerror' })
  await row.waitFor()
  expect(await row.locator('img').count()).toBe(0)
  expect(await row.innerText()).not.toContain('\u202e')
  expect(await row.innerText()).toContain('\u2407')
  expect(await page.evaluate(overflow)).toBe(0)
  await row.getByRole('link', { name: 'Open' }).click()
  await page.locator('.object').waitFor()
  expect(await page.evaluate(overflow)).toBe(0)
})

test('no view is wider than a screen of 320 pixels, and none is empty without saying so', async () => {
  const page = await come({ viewport: { width: 320, height: 640 } }, /404/)
  for (const [hash, words] of [
    ['#/vault', 'Drop pictures'],
    ['#/reads', 'Reads'],
    ['#/failed', 'Nothing has failed'],
    [`#/object/${'0'.repeat(32)}`, 'Try again'],
  ] as const) {
    await page.evaluate(`location.hash = '${hash}'`)
    await page.locator('#main', { hasText: words }).waitFor()
    expect(await page.evaluate(overflow)).toBe(0)
  }
})
