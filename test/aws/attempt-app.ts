// The real stack, roles and policies, with a package in every function that attempts calls instead of doing its work.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import { buildSync } from 'esbuild'
import { readFlags } from '../../infra/flags.ts'
import { SafelightStack } from '../../infra/stack.ts'

const folder = mkdtempSync(join(tmpdir(), 'safelight-attempt-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
buildSync({
  entryPoints: [join(import.meta.dirname, 'attempt.ts')],
  outfile: join(folder, 'index.js'),
  ...{ bundle: true, platform: 'node', target: 'node24', format: 'cjs', logLevel: 'error' },
})
const app = new App()
new SafelightStack(app, {
  flags: readFlags((name) => app.node.tryGetContext(name)),
  code: () => Code.fromAsset(folder),
})
app.synth()
