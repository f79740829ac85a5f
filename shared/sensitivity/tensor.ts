/** Runs a network and hands back plain numbers, checked for name and length. */

import { type InferenceSession, Tensor } from './runtime.ts'

/** @throws when the network has no such output, or another length than expected */
export async function run(
  session: InferenceSession,
  input: Float32Array,
  dims: readonly number[],
  outputs: Readonly<Record<string, number>>,
): Promise<Record<string, Float32Array>> {
  const name = session.inputNames[0]
  if (name === undefined) throw new Error('the model takes no input')
  const result = await session.run({ [name]: new Tensor('float32', input, dims) }, Object.keys(outputs))
  const numbers: Record<string, Float32Array> = {}
  for (const [output, length] of Object.entries(outputs)) {
    const data = result[output]?.data
    if (!(data instanceof Float32Array) || data.length !== length) throw new Error(`the model gave no ${output}`)
    numbers[output] = data
  }
  return numbers
}
