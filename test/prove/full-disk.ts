// Uploads until a small disk is full, then a read-only one: nothing lost, the message says what to do, and all commits when there is room. Needs root.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { complaints, filesNow, holdings, type Sent, sha256 } from '../faults/ledger.ts'
import { opaque, picture } from '../faults/uploads.ts'
import { listFailed, MAIN, type Server, startServer, until } from '../support/server.ts'
import { check, finish } from './report.ts'

const SIZE_MIB = 12
const root = mkdtempSync(join(tmpdir(), 'safelight-full-disk-'))
const disk = join(root, 'disk')
const home = join(disk, 'home')
mkdirSync(disk)
const system = (command: string, ...args: string[]) => spawnSync(command, args, { encoding: 'utf8' })
function safelight(...args: string[]) {
  return spawnSync(process.execPath, [MAIN, ...args], {
    env: { ...process.env, SAFELIGHT_HOME: home, NO_COLOR: '1' },
    encoding: 'utf8',
    timeout: 30_000,
  })
}
/** Exit code 1, an `error:` line that matches, a `hint:` line. */
function checkRefusal(what: string, { status, stderr }: ReturnType<typeof safelight>, message: RegExp): void {
  const refused = status === 1 && message.test(stderr) && /^hint: /m.test(stderr)
  check(what, refused, stderr.split('\n').find((line) => line.startsWith('error:')) ?? `exit code ${status}`)
}

const FULL = /error: .*the disk is full: free some space, then try again/
const READ_ONLY = /error: .*the file system is read-only: remount it writable, or point SAFELIGHT_HOME elsewhere/
const sent: Sent[] = []
let server: Server | undefined

async function post(to: Server, bytes: Uint8Array): Promise<{ status: number; text: string }> {
  const response = await to.api('/api/uploads', { method: 'POST', body: Uint8Array.from(bytes) })
  sent.push({ bytes, accepted: response.status === 202 ? true : undefined })
  return { status: response.status, text: await response.text() }
}

async function fill(to: Server): Promise<void> {
  // What seals slower than it arrives fills intake too; small ones then fill the last block.
  const answers: { status: number; text: string }[] = []
  for (let seed = 1; seed < 400 && answers.filter(({ status }) => status !== 202).length < 20; seed++) {
    const refused = answers.some(({ status }) => status !== 202)
    answers.push(await post(to, seed % 5 === 0 ? await picture(seed) : opaque(seed, refused ? 3_000 : 400_000)))
  }
  const refused = answers.filter(({ status }) => status !== 202)
  check(
    'uploads are refused when the disk is full',
    refused.length >= 20,
    `${answers.length - refused.length} were accepted`,
  )
  check(
    'with 503, and what to do',
    refused.every(({ status, text }) => status === 503 && /disk is full: free some space/.test(text)),
    refused[0]?.text,
  )
}

try {
  const mounted = system('mount', '-t', 'tmpfs', '-o', `size=${SIZE_MIB}m,mode=700`, 'tmpfs', disk)
  if (mounted.status !== 0) {
    check(
      'a small disk can be mounted',
      false,
      `${mounted.stderr.trim()}; hint: run this proof as root, where mount is allowed`,
    )
  } else {
    server = await startServer({ home })
    // Space for later: a home on a full disk, and the same home with room.
    writeFileSync(join(disk, 'ballast'), new Uint8Array(4 * 1024 * 1024).fill(1))
    await fill(server)
    writeUntilFull(join(disk, 'last'))
    await sleep(3_000)
    check('the server answers all the while', (await server.api('/api/status')).status === 200)
    check('and lists what is sealed', (await server.api('/api/objects')).status === 200)
    const held = await heldWhole()
    check('nothing that was accepted is lost', held.length === 0, held.join('; '))
    const file = join(root, 'file')
    writeFileSync(file, opaque(900, 2_000_000))
    checkRefusal('put says what to do', safelight('put', file), FULL)
    const doctor = safelight('doctor')
    check('doctor names it', doctor.status === 1 && /the disk is full/.test(doctor.stdout))
    await server.stop('SIGKILL')
    checkRefusal('a server that starts says what to do', safelight('serve', '--port', '0'), FULL)

    rmSync(join(disk, 'ballast'))
    rmSync(join(disk, 'last'))
    server = await startServer({ home })
    const now = server
    await until(
      'everything to commit',
      async () => {
        for (const { id } of await listFailed(now)) await now.api(`/api/failed/${id}/retry`, { method: 'POST' })
        return filesNow(join(home, 'objects', 'intake')).length === 0
      },
      120_000,
    )
    await server.stop()
    const wrong = complaints(sent, await holdings(home), true)
    const accepted = sent.filter((each) => each.accepted).length
    check(
      'with room again, every accepted upload commits, once',
      wrong.length === 0,
      wrong.join('; ') || `${accepted} of ${sent.length}`,
    )

    check('the disk can be made read-only', system('mount', '-o', 'remount,ro', disk).status === 0)
    for (const command of [['serve', '--port', '0'], ['put', file], ['ls'], ['rewrap']]) {
      checkRefusal(`read-only: ${command[0]} says what to do`, safelight(...command), READ_ONLY)
    }
    system('mount', '-o', 'remount,rw', disk)
    check('writable again, a put goes through', safelight('put', file).status === 0)
  }
} finally {
  await server?.stop('SIGKILL')
  if (system('mountpoint', '-q', disk).status === 0 && system('umount', disk).status !== 0) system('umount', '-l', disk)
  chmodSync(root, 0o700)
  rmSync(root, { recursive: true, force: true })
}
finish()

function writeUntilFull(file: string): void {
  system('dd', 'if=/dev/zero', `of=${file}`, 'bs=4096')
}

/** Looked at on a copy: a full disk can't be read through SQLite by another process. */
async function heldWhole(): Promise<readonly string[]> {
  const copy = join(root, 'copy')
  system('cp', '-a', home, copy)
  const held = await holdings(copy)
  rmSync(copy, { recursive: true, force: true })
  const known = new Set(sent.map(({ bytes }) => sha256(bytes)))
  return [...complaints(sent, held, false), ...held.committed.filter((sha) => !known.has(sha)).map(() => 'a stranger')]
}
