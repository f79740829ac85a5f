// Every single-byte flip and every truncation of a sealed object is refused with one message; 50 of them by the command line.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDeployment } from '../../cli/deployment.ts'
import { openObject } from '../../shared/vault/open.ts'
import { collect, sourceOf } from '../support/memory.ts'
import { MAIN } from '../support/server.ts'
import { check, finish } from './report.ts'

const BY_COMMAND_LINE = 50
const root = mkdtempSync(join(tmpdir(), 'safelight-flips-'))
const home = join(root, 'home')
const env = { ...process.env, SAFELIGHT_HOME: home, NO_COLOR: '1' }
const original = join(root, 'note.txt')
const sealed = join(root, 'note.slv')
writeFileSync(original, 'A small secret, long enough for a few blocks of sixteen bytes: 0123456789abcdef.')
execFileSync(process.execPath, [MAIN, 'seal', original, '-o', sealed], { env })
const object = readFileSync(sealed)

const deployment = await openDeployment(home, { create: false })
async function outcome(bytes: Uint8Array): Promise<string> {
  try {
    const opened = await openObject(deployment.primitives, deployment.keyring, sourceOf(bytes))
    await collect(opened.stream())
    return 'opened'
  } catch (error) {
    return error instanceof Error ? error.message : 'something else'
  }
}
function flipped(at: number, mask: number): Buffer {
  const copy = Buffer.from(object)
  copy[at] = (copy[at] ?? 0) ^ mask
  return copy
}

check('the object opens as it is', (await outcome(object)) === 'opened', `${object.length} bytes`)
const messages = new Map<string, number>()
for (let at = 0; at < object.length; at++) {
  const message = await outcome(flipped(at, 1 << (at % 8)))
  messages.set(message, (messages.get(message) ?? 0) + 1)
}
check(
  `each of ${object.length} single-byte flips is refused with "authentication failed"`,
  messages.size === 1 && messages.get('authentication failed') === object.length,
  JSON.stringify([...messages]),
)
messages.clear()
for (let length = 0; length < object.length; length++) {
  const message = await outcome(object.subarray(0, length))
  messages.set(message, (messages.get(message) ?? 0) + 1)
}
check(
  `each of ${object.length} truncations is refused with "authentication failed"`,
  messages.size === 1 && messages.get('authentication failed') === object.length,
  JSON.stringify([...messages]),
)

messages.clear()
const EXTRA = [1, 15, 16, 4096, 16_400]
for (const extra of EXTRA) {
  for (const filling of [Buffer.alloc(extra), object.subarray(-extra)]) {
    const message = await outcome(Buffer.concat([object, filling]))
    messages.set(message, (messages.get(message) ?? 0) + 1)
  }
}
check(
  `bytes behind it (${EXTRA.join(', ')}, zeros or copies of its own) are refused`,
  messages.get('authentication failed') === 2 * EXTRA.length && messages.size === 1,
  JSON.stringify([...messages]),
)

let refused = 0
for (let i = 0; i < BY_COMMAND_LINE; i++) {
  const at = Math.floor((i * object.length) / BY_COMMAND_LINE)
  const bad = join(root, 'bad.slv')
  const out = join(root, 'out.txt')
  writeFileSync(bad, i % 5 === 4 ? object.subarray(0, at) : flipped(at, 0x80))
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'open', bad, '-o', out], {
    env,
    encoding: 'utf8',
  })
  if (status === 3 && stdout === '' && stderr.startsWith('error: authentication failed') && !existsSync(out)) refused++
  else console.log(`at ${at}: status ${status}, ${stderr.trim()}`)
}
check(
  `${BY_COMMAND_LINE} of them by the command line: exit 3, the one message, no output file`,
  refused === BY_COMMAND_LINE,
  `${refused}`,
)
await deployment[Symbol.asyncDispose]()
rmSync(root, { recursive: true, force: true })
finish()
