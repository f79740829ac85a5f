// The catalogue is cut, overwritten or gone: the message names `safelight catalogue rebuild`, which brings everything back.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { proveTornCatalogue } from '../support/disaster.ts'
import { check, finish } from './report.ts'

const root = mkdtempSync(join(tmpdir(), 'safelight-torn-'))
try {
  await proveTornCatalogue(root, 60, check)
} finally {
  rmSync(root, { recursive: true, force: true })
}
finish()
