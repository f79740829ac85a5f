import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { decode } from '../../shared/image/decode.ts'
import { decide } from '../../shared/policy/decide.ts'
import { defaultPolicy } from '../../shared/policy/policy.ts'
import { assess } from '../../shared/sensitivity/assess.ts'
import { loadModels, type Models } from '../../shared/sensitivity/models.ts'

const ROOT = join(import.meta.dirname, '..', '..')
let models: Models
beforeAll(async () => {
  models = await loadModels(join(ROOT, 'models'))
})

const SAMPLES = [
  { name: 'landscape.jpg', tier: 'public', least: 0, most: 0.1 },
  { name: 'receipt.jpg', tier: 'confidential', least: 0.6, most: 0.82 },
  { name: 'identity-card.jpg', tier: 'restricted', least: 0.95, most: 1 },
] as const

describe('the bundled samples', () => {
  it.each(SAMPLES)('$name ends at $tier, far from the next threshold', async ({ name, tier, least, most }) => {
    const assessment = await assess(await decode(await readFile(join(ROOT, 'samples', name))), models)
    expect(decide(assessment, defaultPolicy, 'normal').tier).toBe(tier)
    expect(assessment.score).toBeGreaterThanOrEqual(least)
    expect(assessment.score).toBeLessThanOrEqual(most)
  })

  it.each(SAMPLES)('$name is small', async ({ name }) => {
    expect((await stat(join(ROOT, 'samples', name))).size).toBeLessThan(400_000)
  })
})
