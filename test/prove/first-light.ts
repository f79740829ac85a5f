// A fresh clone, one command, one URL: samples at three tiers, uploads sealed, no plaintext left, a link that opens once.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch } from '../browser/chromium.ts'
import { filesHolding, piecesOf } from '../support/search.ts'
import { listObjects, makeLink, PROJECT, startServer, until } from '../support/server.ts'
import { check, finish } from './report.ts'

const MINUTES_5 = 5 * 60_000
const root = mkdtempSync(join(tmpdir(), 'safelight-first-light-'))
const clone = join(root, 'clone')
const home = join(root, 'home')
const samples = ['landscape.jpg', 'identity-card.jpg', 'receipt.jpg'].map((name) => join(PROJECT, 'samples', name))
const pictures = join(PROJECT, 'test', 'fixtures', 'pictures')

execFileSync('git', ['clone', '--quiet', PROJECT, clone])
const started = performance.now()
const server = await startServer({
  home,
  cwd: clone,
  command: ['npm', 'start', '--', '--port', '0', '--json'],
  timeoutMs: MINUTES_5,
})
try {
  const page = await fetch(server.origin)
  const seconds = (performance.now() - started) / 1000
  check(
    'npm start goes from nothing to a served page in under 5 minutes',
    page.ok && seconds < 300,
    `${seconds.toFixed(1)} s`,
  )

  const browser = await launch()
  const tab = await browser.newPage()
  await tab.goto(server.url)
  await tab
    .getByRole('button', { name: /try samples/i })
    .first()
    .click()
  const sealedSamples = await until('the samples', async () => {
    const objects = await listObjects(server)
    return objects.length === 3 && objects
  })
  const tiers = sealedSamples.map(({ tier }) => tier).sort()
  check('"Try samples" ends at three different tiers', new Set(tiers).size === 3, tiers.join(', '))

  const uploaded = join(pictures, 'coffee.jpg')
  const dropped = join(pictures, 'cat.jpg')
  await tab.locator('input[type=file]').first().setInputFiles(uploaded)
  await until('the upload', async () => (await listObjects(server)).length === 4)
  check('a JPEG uploaded by the page is sealed', true)
  copyFileSync(dropped, join(server.dropFolder, 'dropped-photograph.jpg'))
  await until('the dropped file', async () => (await listObjects(server)).length === 5)
  check('a JPEG dropped into the folder is sealed', true)
  await browser.close()

  const originals = [...samples, uploaded, dropped].map((file) => readFileSync(file))
  const pieces = originals.flatMap((bytes) => piecesOf(bytes))
  const left = await until(
    'intake to be empty',
    async () => {
      const files = filesHolding(home, pieces)
      return files.length === 0 && files
    },
    20_000,
  ).catch(() => filesHolding(home, pieces))
  check(
    `none of ${pieces.length} pieces of 64 bytes of the originals is left in the home`,
    left.length === 0,
    `${left.length} files hold one`,
  )
  const planted = join(home, 'objects', 'planted')
  writeFileSync(planted, Buffer.concat([Buffer.alloc(13, 7), originals[0] ?? Buffer.alloc(0)]))
  check('the same search finds a planted copy', filesHolding(home, pieces).includes(planted))
  rmSync(planted)

  const [newest] = await listObjects(server)
  const { url } = await makeLink(server, newest?.id ?? '', { ttlSeconds: 600, uses: 1 })
  const first = await fetch(url)
  const bytes = Buffer.from(await first.arrayBuffer())
  check(
    'a link of one use returns the exact bytes',
    first.status === 200 && bytes.equals(readFileSync(dropped)),
    `${bytes.length} bytes`,
  )
  const second = await fetch(url)
  check('and then 410', second.status === 410, `${second.status} ${(await second.text()).trim()}`)
} finally {
  await server.stop()
  rmSync(root, { recursive: true, force: true })
}
finish()
