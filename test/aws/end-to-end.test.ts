/** The product whole on MiniStack. */
import { deployed } from './deployed.ts'
import { describeEndToEnd } from './endToEnd.ts'
import { startMiniStack } from './ministack.ts'

describeEndToEnd(startMiniStack, deployed)
