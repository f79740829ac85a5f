// A run with invented names and real findings: none of them, no key and no token in any log, error, event, row, file name or header.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { DETECTION_KINDS } from '../../shared/sensitivity/types.ts'
import { filesTelling } from '../support/search.ts'
import { listObjects, MAIN, makeLink, PROJECT, startServer, until, upload } from '../support/server.ts'
import { check, finish } from './report.ts'

const NAMES = [
  'Zaphod-Beeblebrox-passport',
  'Trillian-Astra-mammography',
  'Marvin-invoice-Magrathea',
  'Slartibartfast-fjord',
]
const FILES = ['identity-card.jpg', 'receipt.jpg', 'landscape.jpg'].map((name) => join(PROJECT, 'samples', name))

const detailed = z.object({ sealed: z.object({ reasons: z.array(z.string()) }) })

const root = mkdtempSync(join(tmpdir(), 'safelight-no-leak-'))
const home = join(root, 'home')
const server = await startServer({ home })
let events = ''
const listening = new AbortController()
const heard = server.api('/api/events', { signal: listening.signal }).then(async ({ body }) => {
  const decoder = new TextDecoder()
  for await (const chunk of body ?? []) events += decoder.decode(chunk, { stream: true })
})
const answers: string[] = []
const tokens: string[] = [server.token]
const reasons = new Set<string>()

for (const [i, file] of FILES.entries()) await upload(server, readFileSync(file), `${NAMES[i]}.jpg`)
writeFileSync(join(server.dropFolder, `${NAMES[3]}.dat`), Buffer.from(`not a picture ${NAMES[3]}`.repeat(50)))
const objects = await until('four objects', async () => {
  const found = await listObjects(server)
  return found.length === 4 && found
})
for (const { id } of objects) {
  const detail = detailed.parse(await (await server.api(`/api/objects/${id}`)).json())
  for (const reason of detail.sealed.reasons) reasons.add(reason)
  const { url } = await makeLink(server, id, { ttlSeconds: 60, uses: 1 })
  const token = url.split('/l/')[1] ?? ''
  tokens.push(token)
  const forged = `${token.slice(0, 40)}${token[40] === 'A' ? 'B' : 'A'}${token.slice(41)}`
  for (const attempt of [token, token, forged]) {
    const answer = await fetch(`${server.linkOrigin}/l/${attempt}`)
    if (answer.ok) await answer.arrayBuffer()
    else answers.push(await answer.text())
  }
}
check(
  'the run showed names and findings to their owner',
  reasons.size > 0 && objects.length === 4,
  `${reasons.size} reasons, e.g. "${[...reasons][0]}"`,
)
for (const path of ['/api/objects/nothing', `/api/objects/${'0'.repeat(32)}/content?rendition=odd`, '/api/nowhere']) {
  answers.push(await (await server.api(path)).text())
}
// Damage a sealed object, so that there are failures to report.
const victim = objects.find(({ tier }) => tier === 'restricted')?.id ?? ''
const [stored = ''] = filesTelling(join(home, 'objects', 'vault'), `o_2f${victim}`)
const damaged = readFileSync(stored)
damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1
writeFileSync(stored, damaged)
const broken = await makeLink(server, victim, { ttlSeconds: 60, uses: 1 })
tokens.push(broken.url.split('/l/')[1] ?? '')
const cut = await fetch(broken.url)
  .then((response) => response.arrayBuffer())
  .then(
    () => 'whole',
    () => 'cut',
  )
check('a damaged object is never served whole', cut === 'cut')
const env = { ...process.env, SAFELIGHT_HOME: home, NO_COLOR: '1' }
const commands = [['ls'], ['doctor'], ['open', victim, '-o', join(root, 'never')], ['keys', 'list']].map((args) =>
  spawnSync(process.execPath, [MAIN, ...args], { env, encoding: 'utf8' }),
)
for (const { stdout, stderr } of commands) answers.push(stdout, stderr)
listening.abort()
await heard.catch(() => {})
await server.stop()

// The announcement is where the token belongs: it is taken out before the search.
const printed = server
  .printed()
  .split('\n')
  .filter((line) => !line.startsWith('{"url"'))
  .join('\n')
const accesses = answers.join('\n')
const said: readonly [string, string][] = [
  ['log', printed],
  ['event', events],
  ['error or answer', accesses],
]
check(
  'there were events and errors to search',
  events.includes('"step"') && accesses.includes('error'),
  `${events.length} bytes of events, ${printed.length} of log`,
)

const keyFiles = readdirSync(join(home, 'keys')).filter((name) => /\.(seed|key)$/.test(name))
const keys = keyFiles.map((name) => readFileSync(join(home, 'keys', name)))
const outside = (file: string) => !file.startsWith(join(home, 'keys'))
for (const [what, secrets] of [
  ['name', NAMES],
  ['reason', [...reasons]],
  ['token', tokens],
] as const) {
  const telling = secrets.flatMap((secret) => filesTelling(home, secret))
  check(
    `no ${what} in any file, file name or header of the home`,
    telling.length === 0,
    telling.join(', ') || `${secrets.length} searched`,
  )
  for (const [where, text] of said) {
    const found = secrets.filter((secret) => text.includes(secret))
    check(`no ${what} in any ${where}`, found.length === 0, found.join(', ') || undefined)
  }
}
check(
  'no key outside the keys folder',
  keys.length >= 4 && keys.every((key) => filesTelling(home, key).filter(outside).length === 0),
  `${keys.length} keys searched`,
)
const forms = keys.flatMap((key) => [
  key.toString('hex'),
  key.toString('base64').slice(0, -4),
  key.toString('base64url').slice(0, -3),
])
check(
  'no key in any log, event or answer',
  forms.every((form) => said.every(([, text]) => !text.includes(form))),
)
const labels = DETECTION_KINDS.filter((kind) => kind !== 'unreadable' && kind !== 'text')
const rows = readFileSync(join(home, 'catalogue.sqlite'), 'latin1') + readFileSync(join(home, 'queue.sqlite'), 'latin1')
const told = labels.filter((kind) => new RegExp(`\\b${kind}\\b`, 'i').test(printed + events + rows))
check(
  'no label (what a picture shows) in any log, event or row',
  told.length === 0,
  told.join(', ') || labels.join(', '),
)

// The search must be able to find: plant one of each.
writeFileSync(join(home, 'planted'), `${NAMES[0]} ${tokens[1]} ${keys[0]?.toString('hex')}`)
const finds = [NAMES[0] ?? '', tokens[1] ?? '', keys[0] ?? Buffer.alloc(0)]
check(
  'the same search finds planted copies',
  finds.every((secret) => filesTelling(home, secret).some((file) => file.endsWith('planted'))),
)
rmSync(root, { recursive: true, force: true })
finish()
