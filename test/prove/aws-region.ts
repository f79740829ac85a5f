// Two stacks in two regions: keys, seeds and vault replicated from the one; the other adopts the keys, makes the catalogue again
// from the vault and opens every byte. Against MiniStack.
import { startMiniStack } from '../aws/ministack.ts'
import { proveRegionLost } from '../aws/regionLost.ts'
import { check, finish } from './report.ts'

await using emulator = await startMiniStack()
await proveRegionLost(emulator, check)
finish()
