// Each role may do its work and nothing else: read from the synthesised policies, then attempted where IAM is enforced.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { startMiniStack } from '../aws/ministack.ts'
import { tryRoles } from '../aws/roles.ts'
import { PROJECT } from '../support/server.ts'
import { check, finish } from './report.ts'

const files = ['may', 'rows', 'alarms', 'least-privilege', 'kept', 'nag'].map((name) => `test/infra/${name}.test.ts`)
const run = spawnSync(process.execPath, [join(PROJECT, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...files], {
  cwd: PROJECT,
  env: { ...process.env, NO_COLOR: '1' },
  encoding: 'utf8',
})
const seen = run.stdout.split('\n').find((line) => /^\s*Tests /.test(line))
check('the synthesised policies, their keys and cdk-nag', run.status === 0, seen?.trim())
if (run.status !== 0) console.log(run.stdout.slice(-4000), run.stderr.slice(-1000))

await using emulator = await startMiniStack({ auth: true })
const tried = await tryRoles(emulator)
for (const { role, what, expected, outcome } of tried) {
  const is = expected === 'done' ? 'may' : 'may not'
  check(`${role} ${is}: ${what}`, outcome === expected, outcome)
}
check('forbidden calls were attempted', tried.filter(({ expected }) => expected === 'refused').length > 25)
finish()
