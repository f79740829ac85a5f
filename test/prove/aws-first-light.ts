// The stack on MiniStack and on LocalStack OSS, from a fresh clone and without Docker: photographs sealed, verified, catalogued, erased, opened byte for byte, also with IAM enforced; streams cut and held back.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { prepareJsonata, prepareLocalStack } from '../../scripts/emulators.mjs'
import { deployed, deployedByCommand } from '../aws/deployed.ts'
import { proveFirstLight } from '../aws/firstLight.ts'
import { startLocalStack } from '../aws/localstack.ts'
import { startMiniStack } from '../aws/ministack.ts'
import { PROJECT } from '../support/server.ts'
import { check, finish } from './report.ts'
import { checkSuites } from './suites.ts'

const SUITES = ['test/aws/end-to-end.test.ts', 'test/aws/end-to-end-roles.test.ts', 'test/aws/streaming.test.ts']
const LOCALSTACK_SUITES = ['test/aws/localstack/end-to-end.test.ts']
// As a newcomer's: without the tools that this run was given.
const newcomers = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('SAFELIGHT_TEST_')),
)

{
  await using emulator = await startMiniStack()
  await proveFirstLight(await deployed(emulator), check)
}
{
  // Not among what every proof is given: half a gigabyte.
  process.env.SAFELIGHT_TEST_LOCALSTACK = await prepareLocalStack(PROJECT)
  process.env.SAFELIGHT_TEST_JSONATA = await prepareJsonata(PROJECT)
  await using emulator = await startLocalStack()
  await proveFirstLight(await deployedByCommand(emulator), (name, ...seen) => check(`on LocalStack, ${name}`, ...seen))
}

const root = mkdtempSync(join(tmpdir(), 'safelight-aws-first-light-'))
try {
  const clone = join(root, 'clone')
  execFileSync('git', ['clone', '--quiet', PROJECT, clone])
  // Whoever calls Docker is refused, and seen.
  const commands = join(root, 'commands')
  const calls = join(root, 'calls')
  mkdirSync(commands)
  for (const name of ['docker', 'podman', 'finch']) {
    writeFileSync(join(commands, name), `#!/bin/sh\necho "${name} $*" >>'${calls}'\nexit 127\n`)
    chmodSync(join(commands, name), 0o755)
  }
  const env = { ...newcomers, PATH: [commands, process.env.PATH].join(delimiter) }
  checkSuites(SUITES, { folder: clone, command: ['npm', 'test', '--'], env })
  checkSuites(LOCALSTACK_SUITES, { folder: clone, command: ['npm', 'run', 'test:localstack', '--'], env })
  check('nobody called Docker', !existsSync(calls), existsSync(calls) ? readFileSync(calls, 'utf8').trim() : undefined)
} finally {
  rmSync(root, { recursive: true, force: true })
}
finish()
