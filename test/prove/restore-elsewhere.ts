// A machine is lost; another one has the backup of the keys and a copy of the vault, with the catalogue and without: everything opens.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { proveRestore } from '../support/disaster.ts'
import { check, finish } from './report.ts'

const root = mkdtempSync(join(tmpdir(), 'safelight-restore-'))
try {
  await proveRestore(root, 100, check)
} finally {
  rmSync(root, { recursive: true, force: true })
}
finish()
