// The emulator of a benchmark: installed if need be, as tests have it.
import { prepareMiniStack } from '../../scripts/emulators.mjs'
import { root } from '../rules/tree.ts'
import type { Emulator } from './emulator.ts'
import { startMiniStack } from './ministack.ts'

export async function ministackOfBench(env: Readonly<Record<string, string>> = {}): Promise<Emulator> {
  process.env.SAFELIGHT_TEST_MINISTACK ??= await prepareMiniStack(root)
  return startMiniStack({ env })
}
