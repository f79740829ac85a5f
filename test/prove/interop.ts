// A Python reader, written from docs/FORMAT.md alone, opens every vector and a freshly sealed file, and refuses what must be refused.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDeployment } from '../../cli/deployment.ts'
import { readDeployment } from '../../shared/platform/local/keys.ts'
import { MAIN, PROJECT } from '../support/server.ts'
import { check, finish } from './report.ts'

const python = process.env.SAFELIGHT_TEST_PYTHON ?? ''
const reader = join(PROJECT, 'test', 'interop', 'run.py')
const vectors = join(PROJECT, 'test', 'vectors')
const root = mkdtempSync(join(tmpdir(), 'safelight-interop-'))
const home = join(root, 'home')
const env = { ...process.env, SAFELIGHT_HOME: home, NO_COLOR: '1' }

check(
  'a Python with the pinned packages is there',
  python !== '',
  python === '' ? 'run by `npm run prove -- interop`' : undefined,
)
const run = spawnSync(python, [reader, vectors], { encoding: 'utf8' })
const summary = /(\d+) opened, (\d+) refused, 0 wrong/.exec(run.stdout)
const count = (folder: string) =>
  readdirSync(join(vectors, 'v1', folder)).filter((name) => name.endsWith('.json')).length
check(
  `it opens every one of ${count('open')} vectors`,
  run.status === 0 && Number(summary?.[1]) === count('open') && count('open') >= 12,
  summary?.[0] ?? run.stderr,
)
check(`and refuses every one of ${count('refuse')}`, Number(summary?.[2]) === count('refuse') && count('refuse') >= 12)
const refusals = readdirSync(join(vectors, 'v1', 'refuse')).filter((name) => name.endsWith('.json'))
const others = refusals.filter((file) => {
  const { name, breaks } = JSON.parse(readFileSync(join(vectors, 'v1', 'refuse', file), 'utf8'))
  return !run.stdout.split('\n').some((line) => line.startsWith(`refused  refuse/${name}: section ${breaks} `))
})
check('each by the section that the vector names', others.length === 0, others.join(' ') || undefined)

const picture = join(PROJECT, 'test', 'fixtures', 'pictures', 'coffee.jpg')
const original = readFileSync(picture)
for (const [name, bytes] of [
  ['photograph', original],
  ['unreadable', Buffer.concat([Buffer.from('?'), original])],
] as const) {
  const file = join(root, `${name}.jpg`)
  const sealed = join(root, `${name}.slv`)
  writeFileSync(file, bytes)
  execFileSync(process.execPath, [MAIN, 'seal', file, '-o', sealed], { env })
  const deployment = await openDeployment(home, { create: false })
  const { keyId } = await deployment.kem.current(768)
  const hexOf = (key: string) => readFileSync(join(home, 'keys', key)).toString('hex')
  const keys = join(root, 'keys.json')
  writeFileSync(
    keys,
    JSON.stringify({
      stack: (await readDeployment(home))?.stackId,
      kem: [{ keyId, seed: hexOf('kem-0001.seed') }],
      kms: (await deployment.keyring.keyService.allowed()).map((id) => ({ keyId: id, key: hexOf('data.key') })),
      otherKms: [],
    }),
  )
  await deployment[Symbol.asyncDispose]()
  const opened = spawnSync(python, [reader, '--object', sealed, '--keys', keys], { encoding: 'utf8' })
  const told = opened.status === 0 ? JSON.parse(opened.stdout) : {}
  const digest = createHash('sha256').update(bytes).digest('hex')
  check(
    `it opens a freshly sealed ${name} file`,
    told.sha256 === digest && told.length === bytes.length,
    `${told.length} bytes, tier ${told.tier}, ${told.mediaType} ${opened.stderr}`,
  )
  const damaged = readFileSync(sealed)
  damaged[damaged.length - 9] = (damaged.at(-9) ?? 0) ^ 1
  writeFileSync(sealed, damaged)
  const refused = spawnSync(python, [reader, '--object', sealed, '--keys', keys], { encoding: 'utf8' })
  check('and refuses it with one bit flipped', refused.status === 3, (refused.stderr || refused.stdout).trim())
}
rmSync(root, { recursive: true, force: true })
finish()
