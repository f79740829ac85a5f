/** A home that is lost or damaged and comes back from what was kept: the `restore-elsewhere` and `torn-catalogue` proofs, and small ones in the tests. */
import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { countOpening, type Populated, populate } from './populate.ts'
import { commandLine } from './rotation.ts'

type Check = (name: string, condition: boolean, detail?: string) => void

/** Objects under two generations, some with newer envelopes, the first generation retired. */
async function livedIn(home: string, count: number): Promise<Populated[]> {
  const { run } = commandLine(home)
  const older = await populate(home, count, 1)
  for (const args of [['keys', 'rotate'], ['rewrap'], ['keys', 'retire', '1']]) {
    const { status, stderr } = run(...args)
    if (status !== 0) throw new Error(`safelight ${args.join(' ')}: ${stderr}`)
  }
  return [...older, ...(await populate(home, Math.ceil(count / 2), 2))]
}

/** @param root an empty folder for the homes and what is carried between them */
export async function proveRestore(root: string, count: number, check: Check): Promise<void> {
  const [lost, found, bare] = [join(root, 'lost'), join(root, 'found'), join(root, 'bare')]
  const made = await livedIn(lost, count)
  const backup = join(root, 'keys.backup')
  const here = commandLine(lost)
  check('keys backup', here.run('keys', 'backup', backup).status === 0)
  const id = made.at(-1)?.id ?? ''
  const { url } = JSON.parse(here.run('link', id, '--json').stdout)
  for (const home of [found, bare]) {
    mkdirSync(home, { mode: 0o700 })
    cpSync(join(lost, 'objects', 'vault'), join(home, 'objects', 'vault'), { recursive: true })
  }
  cpSync(join(lost, 'catalogue.sqlite'), join(found, 'catalogue.sqlite'))
  rmSync(lost, { recursive: true })

  const there = commandLine(found)
  const without = there.run('open', id)
  check('without the keys nothing opens', without.status === 1 && without.stdout === '', without.stderr.split('\n')[0])
  check('keys restore', there.run('keys', 'restore', backup).status === 0)
  const opening = await countOpening(found, made)
  check('on the other machine everything opens', opening === made.length, `${opening} of ${made.length}`)
  check('links go on working', there.run('open', url, '-o', join(root, 'linked')).status === 0)
  check(
    'doctor finds the keys right',
    /"check":"keys-match-1024","status":"ok"/.test(there.run('doctor', '--json').stdout),
  )
  const more = await populate(found, 3, 3)
  check('and sealing goes on', (await countOpening(found, more)) === more.length)

  const elsewhere = commandLine(bare)
  check('keys restore, without the catalogue', elsewhere.run('keys', 'restore', backup).status === 0)
  const ls = elsewhere.run('ls')
  check('the empty catalogue is no empty vault: ls says what to do', /safelight catalogue rebuild/.test(ls.stderr))
  await rebuilds(bare, made, check)
  const revoked = elsewhere.run('open', url)
  check('links are revoked', revoked.status === 1 && revoked.stdout === '', revoked.stderr.split('\n')[0])
}

async function rebuilds(home: string, made: readonly Populated[], check: Check): Promise<void> {
  const { status, stdout, stderr } = commandLine(home).run('catalogue', 'rebuild', '--json')
  check('safelight catalogue rebuild', status === 0, stdout.trim() || stderr.trim())
  const opening = await countOpening(home, made)
  check('everything opens', opening === made.length, `${opening} of ${made.length}`)
}

const DAMAGES: readonly (readonly [name: string, damage: (file: string, bytes: Buffer) => void])[] = [
  ['cut to nothing', (file) => truncateSync(file, 0)],
  ['cut in the first page', (file) => truncateSync(file, 1_000)],
  ['cut in the middle', (file, bytes) => truncateSync(file, Math.floor(bytes.length / 2))],
  [
    'all garbage',
    (file, bytes) =>
      writeFileSync(
        file,
        bytes.map((_, i) => (i * 167 + 13) % 251),
      ),
  ],
  ['garbage behind its first page', (file, bytes) => writeFileSync(file, bytes.fill(0xa5, 4_096))],
  ['gone', (file) => rmSync(file)],
]

/** Each way of damaging the catalogue: the message names the rebuild, which brings everything back. */
export async function proveTornCatalogue(root: string, count: number, check: Check): Promise<void> {
  const whole = join(root, 'whole')
  const made = await livedIn(whole, count)
  for (const [name, damage] of DAMAGES) {
    const home = join(root, 'torn')
    cpSync(whole, home, { recursive: true })
    const file = join(home, 'catalogue.sqlite')
    damage(file, readFileSync(file))
    const { run } = commandLine(home)
    const ls = run('ls')
    const message = ls.stderr.split('\n')[0]
    const named = ls.stdout === '' && /safelight catalogue rebuild/.test(ls.stderr)
    check(`a catalogue ${name}: the message names the rebuild`, named, message)
    const doctor = run('doctor').stdout
    check('so does doctor', /safelight catalogue rebuild/.test(doctor))
    await rebuilds(home, made, check)
    const listed = run('ls', '--json').stdout.trim().split('\n').length
    const objects = made.filter(({ rendition }) => rendition === 'original').length
    check('ls lists them again', listed === objects, `${listed} of ${objects}`)
    rmSync(home, { recursive: true })
  }
}
