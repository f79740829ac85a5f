/** What the detectors say of drawn pictures, and the processor time that they take for it: what is stubbed in a comparison. */
import { join } from 'node:path'
import { decode } from '../../../shared/image/decode.ts'
import { assess } from '../../../shared/sensitivity/assess.ts'
import { loadModels } from '../../../shared/sensitivity/models.ts'
import type { Assessment } from '../../../shared/sensitivity/types.ts'
import { root } from '../../rules/tree.ts'
import { type Assessments, sizeOf } from './packages.ts'

/** @throws Error when two pictures are of one size, or one can't be read: then nobody could tell their answers apart */
export async function assessed(
  drawn: readonly Buffer[],
): Promise<{ readonly assessments: Assessments; readonly seconds: number }> {
  const models = await loadModels(join(root, 'models'))
  if (!models.ok) throw new Error(models.problems.join('\n'))
  const known = new Map<string, Assessment>()
  let seconds = 0
  const [first] = drawn
  // Compilers and the runtime need one picture that isn't counted.
  for (const picture of first ? [first, ...drawn] : []) {
    const decoded = await decode(picture)
    if (!decoded.ok) throw new Error('a drawn picture can not be read')
    const start = process.cpuUsage()
    const assessment = await assess(decoded, models)
    const { user, system } = process.cpuUsage(start)
    if (known.size > 0) seconds += (user + system) / 1e6
    known.set(sizeOf(decoded), assessment)
  }
  if (known.size !== drawn.length) throw new Error('two drawn pictures are of one size')
  return { assessments: Object.fromEntries(known), seconds: seconds / drawn.length }
}
