/** The command line of a fuzz target: `node test/fuzz/NAME.ts [--runs N] [--seed S]`. */
import { parseArgs } from 'node:util'

export interface Counts {
  readonly runs: number
  readonly accepted: number
  readonly refused: number
}

/** A run that broke the property, and how to see it again. */
export class Found extends Error {
  override readonly name = 'Found'
}

/** Prints the counts, or what was found, with exit code 1. @param fuzz throws Found */
export async function fuzzCommand(fuzz: (runs: number, seed: number) => Counts | Promise<Counts>): Promise<void> {
  const { values } = parseArgs({ options: { runs: { type: 'string' }, seed: { type: 'string' } } })
  const [runs, seed] = [Number(values.runs ?? 100_000), Number(values.seed ?? 1)]
  if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed) || seed < 0) {
    console.error('usage: [--runs N] [--seed S], whole numbers')
    process.exit(2)
  }
  try {
    console.log(JSON.stringify({ seed, ...(await fuzz(runs, seed)) }))
  } catch (error) {
    if (!(error instanceof Found)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
