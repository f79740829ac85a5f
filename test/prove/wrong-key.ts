// With a wrong public key pinned, uploads fail verification and stay in intake, nothing is erased, and doctor names the cause.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js'
import { filesHolding, piecesOf } from '../support/search.ts'
import { listFailed, listObjects, MAIN, PROJECT, startServer, until, upload } from '../support/server.ts'
import { check, finish } from './report.ts'

const root = mkdtempSync(join(tmpdir(), 'safelight-wrong-key-'))
const home = join(root, 'home')
const env = { ...process.env, SAFELIGHT_HOME: home, NO_COLOR: '1' }
function safelight(...args: string[]) {
  return spawnSync(process.execPath, [MAIN, ...args], { env, encoding: 'utf8' })
}

check('keys init', safelight('keys', 'init').status === 0)
const keys = join(home, 'keys')
for (const name of readdirSync(keys).filter((file) => file.endsWith('.pub'))) {
  const strangers = (name.includes('1024') ? ml_kem1024 : ml_kem768).keygen()
  writeFileSync(join(keys, name), strangers.publicKey)
}

const server = await startServer({ home })
const names = ['landscape.jpg', 'receipt.jpg']
const originals = names.map((name) => readFileSync(join(PROJECT, 'samples', name)))
try {
  for (const [i, bytes] of originals.entries()) await upload(server, bytes, names[i] ?? '')
  const failed = await until('the uploads to fail', async () => {
    const items = await listFailed(server)
    return items.length === originals.length && items
  })
  check(
    'every upload fails verification',
    failed.every(({ reason }) => reason === 'verification-failed:does-not-open'),
    failed.map(({ reason }) => reason).join(', '),
  )
  check('nothing is committed', (await listObjects(server)).length === 0)
  const kept = originals.filter((bytes) => filesHolding(join(home, 'objects', 'intake'), piecesOf(bytes)).length === 1)
  check('every upload is still in intake', kept.length === originals.length, `${kept.length} of ${originals.length}`)
  const doctor = safelight('doctor')
  check('doctor fails', doctor.status === 1)
  check(
    'and names the cause',
    /wrong public key/i.test(doctor.stdout + doctor.stderr),
    (doctor.stdout + doctor.stderr)
      .split('\n')
      .find((line) => /wrong public key/i.test(line))
      ?.trim(),
  )

  check('what doctor says mends it', safelight('keys', 'init').status === 0)
  const mended = safelight('doctor', '--json').stdout
  check('doctor finds the pinned keys right', /"check":"keys-match-768","status":"ok"/.test(mended))
  for (const { id } of failed) await server.api(`/api/failed/${id}/retry`, { method: 'POST' })
  await until('the retried uploads', async () => (await listObjects(server)).length === originals.length)
  check('after a retry every upload is sealed', true)
  const left = filesHolding(home, originals.flatMap(piecesOf))
  check('and erased from intake', left.length === 0, `${left.length} files hold a piece`)
} finally {
  await server.stop()
  rmSync(root, { recursive: true, force: true })
}
finish()
