/** Sixty pictures through a stack on MiniStack. */
import { bearsSixty } from './load/sixty.ts'
import { startMiniStack } from './ministack.ts'

bearsSixty(startMiniStack)
