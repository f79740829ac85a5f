/** Findings that need no network: they hold or they don't, and no confidence elsewhere outweighs them. */

import type { Decoded, Undecodable } from '../image/types.ts'
import type { Detection } from './types.ts'

const certain = (kind: Detection['kind']): Detection => ({ kind, score: 1 })

/** What follows from the file alone: DICOM is medical, what can't be read may be anything, and a position is a position. */
export function applyRules(input: Decoded | Undecodable): Detection[] {
  if (!input.ok) {
    return input.mediaType === 'application/dicom'
      ? [certain('medical'), certain('unreadable')]
      : [certain('unreadable')]
  }
  return input.hasLocation ? [certain('location')] : []
}
