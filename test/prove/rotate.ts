// 1,000 objects, a rotation, rewrap killed twice and resumed, the old generation retired: all open, bodies untouched, and
// the old envelope is refused through the catalogue.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { proveRotation } from '../support/rotation.ts'
import { check, finish } from './report.ts'

const OBJECTS = 1_000
const root = mkdtempSync(join(tmpdir(), 'safelight-rotate-'))
try {
  await proveRotation(join(root, 'home'), OBJECTS, check)
} finally {
  rmSync(root, { recursive: true, force: true })
}
finish()
