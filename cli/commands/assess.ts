/** `safelight assess`: what images show and how strictly they would be kept, without sealing anything. */
import { decide } from '../../shared/policy/decide.ts'
import { assess } from '../../shared/sensitivity/assess.ts'
import { defineCommand } from '../args.ts'
import { decodeStream, loadModelsOrWarn } from '../assessing.ts'
import { openInput } from '../files.ts'
import { homeFolder } from '../home.ts'
import { readPolicy } from '../policy.ts'

export const command = defineCommand({
  name: 'assess',
  summary: 'say how sensitive images are, and why',
  usage: ['IMAGE… [--policy FILE]'],
  description: `Looks at each image as sealing would and prints its sensitivity, its tier, and what was found.
What can't be decoded counts as the most sensitive. Nothing is stored and nothing leaves this machine.
JSON: {file, score, tier, detections: [{kind, score, box?}], ms}`,
  options: {
    policy: { type: 'string', value: 'FILE', help: "a policy file (default: the deployment's, or the built-in one)" },
  },
  operands: [1, 10_000],
  examples: [
    ['assess holiday.jpg', 'one image'],
    ['assess --json *.jpg | jq -r \'select(.tier == "restricted").file\'', 'the strictest of many'],
  ],
  async run({ policy: file }, operands, { env, out }) {
    const policy = await readPolicy(file, homeFolder(env))
    const inputs = await Promise.all(operands.map(openInput))
    const models = await loadModelsOrWarn(out)
    for (const [i, input] of inputs.entries()) {
      const started = performance.now()
      const assessment = await assess(await decodeStream(input.read()), models)
      const { tier } = decide(assessment, policy, 'normal')
      const score = Math.round(assessment.score * 10_000) / 10_000
      const found = summaryOf(assessment.detections.map(({ kind }) => kind))
      out.result(
        {
          ...{ file: operands[i], score, tier, detections: assessment.detections },
          ms: Math.round(performance.now() - started),
        },
        `${operands[i]}: ${tier}, sensitivity ${score.toFixed(2)}${found}`,
      )
    }
    return models.ok ? 0 : 1
  },
})

/** ` (2 face, text)` */
function summaryOf(kinds: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const words = [...counts].map(([kind, count]) => (count === 1 ? kind : `${count} ${kind}`))
  return words.length === 0 ? '' : ` (${words.join(', ')})`
}
