// What the eye is told: nothing cut off, one order for eye and keyboard, labels that stay, and colours that mean one thing.
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ObjectSummary } from '../../cli/console/api.ts'
import { launch } from './chromium.ts'
import { bePatient } from './patience.ts'
import { opaque } from './pictures.ts'
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

async function come(width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const made = await visit(browser, served, { viewport: { width, height: 900 }, colorScheme })
  open.push(made)
  await made.page.locator('.connection[data-state="live"]').waitFor()
  return made.page
}

/** The words of the drop zone's buttons from left to right and top to bottom, and in the order in which Tab comes by. */
async function orders(page: Page): Promise<{ seen: unknown; tabbed: unknown }> {
  const buttons = "[...document.querySelectorAll('.drop .actions button')]"
  const seen: unknown = await page.evaluate(`${buttons}
    .map((node) => ({ text: node.innerText, at: node.getBoundingClientRect() }))
    .sort((a, b) => a.at.top - b.at.top || a.at.left - b.at.left).map(({ text }) => text)`)
  await page.locator('.drop h1').focus()
  const tabbed: unknown[] = []
  for (let i = 0; i < 3; i++) {
    await page.keyboard.press('Tab')
    tabbed.push(await page.evaluate('document.activeElement.innerText'))
  }
  return { seen, tabbed }
}

test('the buttons of an empty and of a filled vault are tabbed through as they are seen', async () => {
  const page = await come(1280)
  await page.locator('.vault-empty').waitFor()
  const empty = await orders(page)
  expect(empty.seen).toEqual(['Try samples', 'Choose files', 'A folder'])
  expect(empty.tabbed).toEqual(empty.seen)
  await page.locator('#choose').focus()
  await page.setInputFiles('#choose-files', opaque('filled.bin'))
  await page.locator('.vault:not(.vault-empty)').waitFor()
  expect(await page.locator('#choose:focus').count()).toBe(1)
  const filled = await orders(page)
  expect(filled.seen).toEqual(['Choose files', 'A folder', 'Try samples'])
  expect(filled.tabbed).toEqual(filled.seen)
})

test.each([320, 360, 1280, 1480])('no tile cuts off id, size or age at %i pixels', async (width) => {
  const page = await come(width)
  const now = Date.now()
  const ages = [0, 26 * 60_000, 4 * 3_600_000, 3 * 86_400_000, 40 * 86_400_000, 800 * 86_400_000]
  const objects = ages.map(
    (age, index): ObjectSummary => ({
      id: `${index}`.repeat(32),
      tier: 'restricted',
      size: Math.ceil(1023.9 * 2 ** 20),
      created: new Date(now - age).toISOString(),
      renditions: [],
    }),
  )
  await page.route('**/api/objects?*', (route) => route.fulfill({ json: { objects, next: null } }))
  await page.reload()
  await page.locator('a.tile').nth(5).waitFor()
  expect((await page.locator('.tile .ago').allTextContents()).slice(0, 4)).toEqual(['now', '26 m', '4 h', '3 d'])
  expect(await page.locator('.tile .ago').nth(1).getAttribute('aria-label')).toBe('26 min ago')
  const cut: unknown = await page.evaluate(`[...document.querySelectorAll('a.tile')].flatMap((tile) => {
    const box = tile.getBoundingClientRect()
    return [...tile.querySelectorAll('.tile-facts :is(code, .muted, .ago)')].filter((node) => {
      const { left, right, bottom, width } = node.getBoundingClientRect()
      return width === 0 || left < box.left || right > box.right || bottom > box.bottom || node.scrollWidth > Math.ceil(width)
    }).map((node) => node.textContent)
  })`)
  expect(cut).toEqual([])
})

test('the threat level keeps its label on a small screen, and says what it is', async () => {
  const page = await come(360)
  const threat = page.getByRole('button', { name: 'Threat Normal' })
  await threat.waitFor()
  expect(await threat.innerText()).toContain('Threat')
  expect(await page.locator('#threat-words').isVisible()).toBe(false)
  await threat.click()
  await page.locator('#threat-words', { hasText: 'it stays normal' }).waitFor()
  const box = await page.locator('#threat-words').boundingBox()
  expect(box && box.x >= 0 && box.x + box.width <= 360).toBe(true)
  await page.keyboard.press('Escape')
  await page.locator('#threat-words').waitFor({ state: 'hidden' })
})

test.each(['light', 'dark'] as const)(
  'a running step has no colour that means a tier or an error, %s',
  async (scheme) => {
    const page = await come(1280, scheme)
    const colours: unknown = await page.evaluate(`(() => {
    const list = document.createElement('ul')
    const row = document.createElement('li')
    row.className = 'row'
    row.dataset.phase = 'sealing'
    const steps = document.createElement('ol')
    steps.className = 'steps'
    row.append(steps)
    list.append(row)
    document.body.append(list)
    const running = ['done', 'current'].map((state) => {
      const step = document.createElement('li')
      step.dataset.state = state
      steps.append(step)
      return getComputedStyle(step, '::after').backgroundColor
    })
    const taken = ['accent', 'amber', 'good', 'public', 'internal', 'confidential', 'restricted'].map((name) => {
      const probe = document.createElement('p')
      probe.style.color = 'var(--' + name + ')'
      document.body.append(probe)
      return getComputedStyle(probe).color
    })
    return running.filter((colour) => taken.includes(colour))
  })()`)
    expect(colours).toEqual([])
  },
)
