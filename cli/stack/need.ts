/** What on a stack still needs a key generation: counted by its rewrap function, share by share of the ids, slice by slice. */
import * as z from 'zod'
import { slices } from './slices.ts'
import type { Stack } from './stack.ts'

const slice = z.object({
  ...{ objects: z.number(), waiting: z.number(), unknown: z.number() },
  next: z.object({ counting: z.string(), after: z.string().optional() }).optional(),
})
type Slice = z.output<typeof slice>

/** By the first digit of the ids. */
const SHARES = [...'0123456789abcdef']
/** As many functions as a rewrap by workflow runs (infra/rewrapStates.ts). */
const AT_ONCE = 8

/** @param onSlice told after each. @throws CommandFailed, Unavailable */
export async function needOnStack(
  stack: Stack,
  { keyId, others }: { readonly keyId: string; readonly others: readonly string[] },
  onSlice: () => void,
) {
  const sum = { keyId, objects: 0, waiting: 0, unknown: 0 }
  const left = [...SHARES]
  const name = stack.output('RewrapFunctionName')
  const count = async () => {
    for (let prefix = left.shift(); prefix !== undefined; prefix = left.shift()) {
      const share = { prefix }
      const ask = (next: Slice['next']) =>
        stack.call(name, { need: { keyId, others, slice: { ...share, ...(next && { next }) } } }, slice)
      for await (const { objects, waiting, unknown } of slices(ask)) {
        sum.objects += objects
        sum.waiting += waiting
        sum.unknown += unknown
        onSlice()
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, count))
  return sum
}
