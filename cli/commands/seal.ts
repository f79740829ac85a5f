/** `safelight seal`: one file becomes one sealed file, under the deployment's keys and outside its catalogue. */
import { describe } from '../../shared/flow/describe.ts'
import { examine } from '../../shared/flow/examine.ts'
import { recipientOf } from '../../shared/flow/seal.ts'
import { hex } from '../../shared/keys/encoding.ts'
import { TIERS } from '../../shared/policy/types.ts'
import { sealObject } from '../../shared/vault/seal.ts'
import { defineCommand } from '../args.ts'
import { openDeployment } from '../deployment.ts'
import { UsageError } from '../errors.ts'
import { checkOutput, openInput, STDIO, writeOutput } from '../files.ts'
import { homeFolder } from '../home.ts'
import { loadModelsOrWarn } from '../models.ts'
import { formatBytes } from '../output.ts'
import { spool } from '../spool.ts'

export const command = defineCommand({
  name: 'seal',
  summary: 'seal one file into another',
  usage: ['IN [-o OUT]'],
  description: `Looks at IN, decides how strictly to keep it, and writes it sealed to OUT (default: IN.slv; stdout when IN is -).
The original stays. The deployment's keys open it again; its catalogue does not know it: put is for that.
JSON: {id, tier, score, bytesIn, bytesOut, out, ms}`,
  options: {
    output: { type: 'string', short: 'o', value: 'OUT', help: 'where to write; - is stdout' },
    force: { type: 'boolean', short: 'f', help: 'replace an existing file; write to a terminal' },
  },
  operands: [1, 1],
  examples: [
    ['seal photo.jpg', 'writes photo.jpg.slv'],
    ['seal - -o photo.slv < photo.jpg', 'from stdin'],
    ['seal photo.jpg -o - | ssh backup "cat > photo.slv"', 'to stdout'],
  ],
  async run({ output, force = false }, [path = ''], { env, out }) {
    const started = performance.now()
    const target = output ?? (path === STDIO ? STDIO : `${path}.slv`)
    if (target === STDIO && out.json) throw new UsageError('--json needs -o FILE: the sealed bytes go to stdout')
    const input = await openInput(path)
    await checkOutput(target, { force })
    await using deployment = await openDeployment(homeFolder(env), { create: true })
    await using kept = input.size === undefined ? await spool(input.read()) : undefined
    const source = kept ?? input
    const size = source.size ?? 0
    const { primitives, clock, stackId } = deployment
    const models = await loadModelsOrWarn(out)
    const examination = await examine({ ...deployment, models }, source.read(), size)
    const { decision } = examination
    const sealed = await sealObject(primitives, {
      stackId,
      recipients: [await recipientOf(deployment, decision.protection.kem)],
      created: Math.floor(clock.now() / 1_000),
      tier: TIERS.indexOf(decision.tier),
      plaintextLength: examination.length,
      metadata: describe(primitives, examination, { fileName: input.name }),
    })
    const bar = out.progress('sealing', sealed.size, 'bytes')
    const bytesOut = await writeOutput(target, sealed.stream(source.read()), { force }, bar.update).finally(bar.end)
    const summary = {
      ...{ id: hex(sealed.objectId), tier: decision.tier, score: rounded(examination.assessment.score) },
      ...{ bytesIn: examination.length, bytesOut, out: target, ms: Math.round(performance.now() - started) },
    }
    const text = `${target}: ${decision.tier}, ${formatBytes(bytesOut)}`
    if (target === STDIO) out.note(text)
    else out.result(summary, text)
    return undefined
  },
})

function rounded(score: number): number {
  return Math.round(score * 10_000) / 10_000
}
