/**
 * Measures the assessment on labelled pictures: `node models/train/measure.ts DIR`, where DIR holds one folder a class.
 * The tables in models/README.md were made with it. Nothing here is needed to run or to test.
 */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decode } from '../../shared/image/decode.ts'
import { decide } from '../../shared/policy/decide.ts'
import { defaultPolicy } from '../../shared/policy/policy.ts'
import { TIERS } from '../../shared/policy/types.ts'
import { assess } from '../../shared/sensitivity/assess.ts'
import { loadModels } from '../../shared/sensitivity/models.ts'
import { DETECTION_KINDS } from '../../shared/sensitivity/types.ts'

const [root] = process.argv.slice(2)
if (root === undefined) throw new Error('usage: node models/train/measure.ts DIR')
const models = await loadModels(join(import.meta.dirname, '..'))
if (!models.ok) throw new Error(models.problems.join('\n'))

const share = (count: number, all: number): string => (count / Math.max(1, all)).toFixed(3)

for (const folder of (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory())) {
  const files = (await readdir(join(root, folder.name))).sort()
  const tiers = new Map<string, number>()
  const kinds = new Map<string, number>()
  const times: number[] = []
  for (const file of files) {
    const assessment = await assess(await decode(await readFile(join(root, folder.name, file))), models)
    const { tier } = decide(assessment, defaultPolicy, 'normal')
    tiers.set(tier, (tiers.get(tier) ?? 0) + 1)
    times.push(assessment.ms)
    for (const kind of DETECTION_KINDS) {
      // a finding counts when one of the default policy's rules would act on it alone
      const least = Math.min(
        ...defaultPolicy.rules.flatMap(({ when }) => (Object.keys(when).length === 1 ? (when[kind] ?? []) : [])),
      )
      if (assessment.detections.some((found) => found.kind === kind && found.score >= least)) {
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      }
    }
  }
  const high = (tiers.get('confidential') ?? 0) + (tiers.get('restricted') ?? 0)
  console.log(
    `${folder.name} (${files.length}): confidential or above ${share(high, files.length)};`,
    TIERS.map((tier) => `${tier} ${tiers.get(tier) ?? 0}`).join(', '),
    `| ${[...kinds].map(([kind, count]) => `${kind} ${share(count, files.length)}`).join(', ')}`,
    `| median ${times.sort((a, b) => a - b)[times.length >> 1]?.toFixed(0)} ms`,
  )
}
