/** The product whole on MiniStack. */
import { deployed } from './deployed.ts'
import { describeEndToEnd, FEW } from './endToEnd.ts'
import { startMiniStack } from './ministack.ts'

describeEndToEnd(startMiniStack, (emulator) => deployed(emulator, { flags: FEW }))
