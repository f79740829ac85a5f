// Proofs that are suites: each test of the named files is one thing seen.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PROJECT } from '../support/server.ts'
import { check } from './report.ts'

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly duration?: number
    }[]
  }[]
}

export interface Where {
  readonly folder: string
  /** What runs the suites there; their names are added. */
  readonly command: readonly [file: string, ...args: string[]]
  readonly env: NodeJS.ProcessEnv
}

const HERE: Where = {
  folder: PROJECT,
  command: [process.execPath, join(PROJECT, 'node_modules', 'vitest', 'vitest.mjs'), 'run'],
  env: process.env,
}

/** @param files from the root of the checkout. A file without a result, or a skipped test, is something not seen. */
export function checkSuites(files: readonly string[], where: Where = HERE): void {
  const folder = mkdtempSync(join(tmpdir(), 'safelight-suites-'))
  const outputFile = join(folder, 'report.json')
  const [command, ...args] = where.command
  spawnSync(command, [...args, ...files, '--reporter=json', `--outputFile=${outputFile}`], {
    cwd: where.folder,
    env: { ...where.env, NO_COLOR: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const { testResults }: Report = JSON.parse(readFileSync(outputFile, 'utf8'))
  rmSync(folder, { recursive: true, force: true })
  for (const file of files) {
    const found = testResults.find(({ name }) => name.endsWith(file))
    check(`${file} ran`, (found?.assertionResults.length ?? 0) > 0, found?.message.slice(0, 500) || undefined)
    for (const { fullName, status, duration = 0 } of found?.assertionResults ?? []) {
      check(fullName, status === 'passed', `${(duration / 1000).toFixed(1)} s`)
    }
  }
}
