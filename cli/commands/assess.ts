/** `safelight assess`: what images show and how strictly they would be kept, without sealing anything. */
import { examine } from '../../shared/flow/examine.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { defineCommand } from '../args.ts'
import { openInput } from '../files.ts'
import { homeFolder } from '../home.ts'
import { loadModelsOrWarn } from '../models.ts'
import { readPolicy } from '../policy.ts'
import { spool } from '../spool.ts'

export const command = defineCommand({
  name: 'assess',
  summary: 'say how sensitive images are, and why',
  usage: ['IMAGE… [--policy FILE]'],
  description: `Looks at each image as sealing would and prints its sensitivity, its tier, and what was found.
What can't be decoded counts as the most sensitive. Nothing is stored and nothing leaves this machine.
JSON, one line an image: {file, score, tier, detections: [{kind, score, box?}], ms}`,
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
    const ports = { primitives: nodePrimitives, models, policy, threat: () => 'normal' as const }
    for (const [i, input] of inputs.entries()) {
      const started = performance.now()
      await using kept = input.size === undefined ? await spool(input.read()) : undefined
      const { read, size = 0 } = kept ?? input
      const { assessment, decision } = await examine(ports, read(), size)
      const { detections } = assessment
      const score = Math.round(assessment.score * 10_000) / 10_000
      out.result(
        { file: operands[i], score, tier: decision.tier, detections, ms: Math.round(performance.now() - started) },
        `${operands[i]}: ${decision.tier}, sensitivity ${score.toFixed(2)}${summaryOf(detections)}`,
      )
    }
    return models.ok ? undefined : 1
  },
})

/** ` (2 face, text)` */
function summaryOf(detections: readonly { readonly kind: string }[]): string {
  const counts = new Map<string, number>()
  for (const { kind } of detections) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const words = [...counts].map(([kind, count]) => (count === 1 ? kind : `${count} ${kind}`))
  return words.length === 0 ? '' : ` (${words.join(', ')})`
}
