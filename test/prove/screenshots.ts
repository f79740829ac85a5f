// The console with real pictures, light and dark, as the README shows it; with --write the README's pictures are made anew.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { launch } from '../browser/chromium.ts'
import { listObjects, PROJECT, startServer, until } from '../support/server.ts'
import { check, finish } from './report.ts'

const SCHEMES = ['light', 'dark'] as const
const PICTURES = ['coffee.jpg', 'cat.jpg', 'face.jpg', 'page.png']
const write = process.argv.includes('--write')
const root = mkdtempSync(join(tmpdir(), 'safelight-'))
const server = await startServer({ home: join(root, 'home') })
const browser = await launch()
const readme = readFileSync(join(PROJECT, 'README.md'), 'utf8')

/** Mean brightness 0..255 and how much it varies: an empty page varies little. */
async function brightness(file: string): Promise<{ mean: number; deviation: number }> {
  const { channels } = await sharp(file).greyscale().stats()
  return { mean: channels[0]?.mean ?? 0, deviation: channels[0]?.stdev ?? 0 }
}

try {
  const first = await browser.newPage()
  await first.goto(server.url)
  await first
    .getByRole('button', { name: /try samples/i })
    .first()
    .click()
  await until('the samples', async () => (await listObjects(server)).length === 3)
  const files = PICTURES.map((name) => join(PROJECT, 'test', 'fixtures', 'pictures', name))
  await first.locator('input[type=file]').first().setInputFiles(files)
  await until('the pictures', async () => (await listObjects(server)).length === 3 + files.length)
  await first.close()
  const sample = (await listObjects(server)).find(({ tier }) => tier === 'public')

  for (const scheme of SCHEMES) {
    const context = await browser.newContext({
      colorScheme: scheme,
      viewport: { width: 1280, height: 860 },
    })
    const page = await context.newPage()
    await page.goto(server.url)
    const previews = (await listObjects(server)).filter(({ renditions }) => renditions.includes('preview')).length
    await until('tiles', async () => (await page.locator('a.tile').count()) === 3 + PICTURES.length)
    // Previews are fetched when their tile comes near the screen.
    for (const tile of await page.locator('a.tile').all()) await tile.scrollIntoViewIfNeeded()
    await until('previews', async () => (await page.locator('.tile-picture.shown').count()) === previews)
    await page.evaluate('window.scrollTo(0, 0)')
    await page.waitForTimeout(1000)
    const folder = write ? join(PROJECT, 'docs') : root
    const name = `console-${scheme}.png`
    await page.screenshot({ path: join(folder, name), fullPage: true })
    const { mean, deviation } = await brightness(join(folder, name))
    check(
      `the console shows pictures in ${scheme}`,
      deviation > 15 && (scheme === 'light' ? mean > 150 : mean < 100),
      `mean ${mean.toFixed(0)}, deviation ${deviation.toFixed(0)}`,
    )
    check(
      `the README shows it in ${scheme}`,
      readme.includes(`docs/${name}`) && existsSync(join(PROJECT, 'docs', name)),
    )
    if (scheme === 'dark') {
      await page.goto(`${server.url}`)
      await page.evaluate(`location.hash = '#/object/${sample?.id}'`)
      await page.waitForTimeout(2500)
      await page.screenshot({ path: join(folder, 'console-object.png'), fullPage: true })
      check('the README shows an object', readme.includes('docs/console-object.png'))
    }
    await context.close()
  }
} finally {
  await browser.close()
  await server.stop()
  rmSync(root, { recursive: true, force: true })
}
finish()
