/** `--rendition KIND` as it is typed. */
import type { Rendition } from '../shared/links/token.ts'
import { UsageError } from './errors.ts'

/** @throws UsageError */
export function parseRendition(text: string): Rendition {
  if (text === 'original' || text === 'preview' || text === 'display') return text
  throw new UsageError(`there is no rendition ${text}`, 'the renditions are original, preview and display')
}
