// The console in a real browser over a real deployment: what goes in, what comes out, and by whose leave.
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { listObjects } from '../support/server.ts'
import { launch } from './chromium.ts'
import { bePatient, PATIENCE } from './patience.ts'
import { photograph, type Upload } from './pictures.ts'
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
  current = await visit(browser, served)
  page = current.page
  await page.locator('.connection[data-state="live"]').waitFor()
})
afterEach(async () => {
  await current.close()
  expect(current.complaints).toEqual([])
})

const row = (name: string) => page.locator('.row', { hasText: name })
const sealedRow = (name: string) => page.locator('.row[data-phase="done"]', { hasText: name })

/** Uploads by the file chooser, waits until it is sealed, and opens its page. */
async function openUpload(upload: Upload): Promise<void> {
  await page.setInputFiles('#choose-files', upload)
  await sealedRow(upload.name).getByRole('link', { name: 'Open' }).click()
  await page.locator('.object').waitFor()
}

async function makeLink(uses: number): Promise<string> {
  await page.locator('#link-uses').fill(String(uses))
  await page.locator('#make-link').click()
  return page.locator('#link-url').inputValue()
}

test('the samples end at three different tiers', async () => {
  await page.locator('#samples').click()
  const sealed = page.locator('.row[data-phase="done"]')
  await sealed.nth(2).waitFor()
  const tiers = await sealed.locator('.tier').allTextContents()
  expect(new Set(tiers).size).toBe(3)
  await page.locator('.group:not(.is-empty) a.tile').nth(2).waitFor()
})

test('a chosen file is followed through every step until its plaintext is erased', async () => {
  await page.evaluate(`
    window.seen = new Set()
    new MutationObserver(() => {
      for (const step of document.querySelectorAll('.steps li:is([data-state=current], [data-state=done]) .step-name')) seen.add(step.textContent)
    }).observe(document.body, { subtree: true, attributes: true, childList: true })`)
  const upload = await photograph('followed.jpg')
  await page.setInputFiles('#choose-files', upload)
  await sealedRow('followed.jpg').waitFor()
  expect(await row('followed.jpg').locator('.steps li[data-state="done"]').count()).toBe(10)
  const seen: unknown = await page.evaluate('[...window.seen]')
  expect(seen).toEqual([
    'Received',
    'Inspect',
    'Prepare',
    'Assess',
    'Decide',
    'Encrypt',
    'Stored',
    'Verify',
    'Committed',
    'Erased',
  ])
})

test('several files dropped at once are all sealed', async () => {
  const uploads = await Promise.all(['one.jpg', 'two.jpg', 'three.jpg', 'four.jpg'].map(photograph))
  const files = uploads.map(({ name, buffer }) => ({ name, base64: buffer.toString('base64') }))
  await page.evaluate(`{
    const transfer = new DataTransfer()
    for (const { name, base64 } of ${JSON.stringify(files)}) {
      transfer.items.add(new File([Uint8Array.fromBase64(base64)], name, { type: 'image/jpeg' }))
    }
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }))
  }`)
  for (const { name } of uploads) await sealedRow(name).waitFor()
})

test('a file put into the drop folder shows up on its way, without its name', async () => {
  const { buffer } = await photograph('dropped')
  await writeFile(join(served.dropFolder, 'somebody-private.jpg'), buffer)
  await sealedRow('File ').waitFor()
  expect(await page.locator('body').innerText()).not.toContain('somebody-private')
})

test('the object page shows preview, noise, findings and envelope, and gives back the exact bytes', async () => {
  const upload = await photograph('exact.jpg')
  await openUpload(upload)
  await page.locator('.stage img').waitFor()
  await page.locator('.stage canvas.noise').waitFor()
  expect(await page.locator('.histogram').count()).toBe(2)
  const reveal = page.getByRole('button', { name: 'Reveal' })
  if (await reveal.isVisible()) await reveal.click()
  const inside = page.getByRole('region', { name: 'Sealed inside' })
  expect(await inside.innerText()).toContain(createHash('sha256').update(upload.buffer).digest('hex'))
  expect(await inside.innerText()).toContain('exact.jpg')
  expect(await page.getByRole('region', { name: 'Envelope' }).innerText()).toContain('ML-KEM')
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#download').click()])
  expect(download.suggestedFilename()).toBe('exact.jpg')
  expect((await readFile(await download.path())).equals(upload.buffer)).toBe(true)
})

test('a link is made, copied, counts down, opens the exact bytes, and opens nothing once revoked', async () => {
  const upload = await photograph('linked.jpg')
  await openUpload(upload)
  const url = await makeLink(3)
  expect(url.startsWith(served.linkOrigin)).toBe(true)
  await page.locator('.made .copy').click()
  await page.locator('#live', { hasText: 'Copied.' }).waitFor({ state: 'attached' })
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(url)

  const countdown = page.locator('.link-row .countdown')
  const before = await countdown.innerText()
  expect(before).toMatch(/^(10:00|\d:\d\d)$/)
  await expect.poll(() => countdown.innerText(), { timeout: PATIENCE }).not.toBe(before)

  const opened = await fetch(url)
  expect(opened.status).toBe(200)
  expect(Buffer.from(await opened.arrayBuffer()).equals(upload.buffer)).toBe(true)
  await page.locator('.link-row', { hasText: '2 of 3 uses left' }).waitFor()

  await page.getByRole('button', { name: 'Revoke' }).click()
  await page.locator('.link-row[data-state="revoked"]').waitFor()
  expect((await fetch(url)).status).toBe(410)
  await page.getByRole('link', { name: 'Reads' }).click()
  await page.locator('tr[data-outcome="refused"]', { hasText: '410' }).waitFor()
})

test('deleting asks first, and then neither the grid nor the server has the object', async () => {
  await openUpload(await photograph('unwanted.jpg'))
  const id = new URL(page.url()).hash.split('/').at(-1)
  await page.locator('#delete').click()
  await page.getByRole('button', { name: 'Keep it' }).click()
  expect(await page.locator('.object').isVisible()).toBe(true)
  await page.locator('#delete').click()
  await page.getByRole('button', { name: 'Delete for good' }).click()
  await page.locator('.vault').waitFor()
  expect(await page.locator(`a.tile[href$="${id}"]`).count()).toBe(0)
  expect((await listObjects(served)).map((object) => object.id)).not.toContain(id)
})
