// Runs in the place of the sealing process, with its permissions, and says what it could do.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

const [home = '', project = ''] = process.argv.slice(2)

/** @param {() => unknown} deed */
function can(deed) {
  try {
    deed()
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

process.send?.({
  'read the keys folder': can(() => readdirSync(join(home, 'keys'))),
  'read a key': can(() => readFileSync(join(home, 'keys', 'data.key'))),
  'read a seed': can(() => readFileSync(join(home, 'keys', 'kem-0001.seed'))),
  'read the catalogue': can(() => readFileSync(join(home, 'catalogue.sqlite'))),
  'read the home': can(() => readdirSync(home)),
  'write a key': can(() => writeFileSync(join(home, 'keys', 'data.key'), '')),
  'write beside the objects': can(() => writeFileSync(join(home, 'objects-and-more'), '')),
  'write into intake': can(() => writeFileSync(join(home, 'objects', 'intake', 'x'), '')),
  'read the rest of the checkout': can(() => readdirSync(join(project, 'docs'))),
  'write the program': can(() => writeFileSync(join(project, 'planted.txt'), '')),
  'read the password file': can(() => readFileSync('/etc/passwd')),
  'start a program': can(() => spawnSync('true')),
  'start a thread': can(() => new Worker('0', { eval: true })),
  'read the program': can(() => readFileSync(join(project, 'package.json'))),
  'write an object': can(() => {
    writeFileSync(join(home, 'objects', 'vault', 'x'), '')
    rmSync(join(home, 'objects', 'vault', 'x'))
  }),
  environment: Object.keys(process.env).sort().join(),
})
