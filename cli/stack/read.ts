/** Reading from a stack: an object by a link that is made for it and works once, or a link that somebody has. */

import type { Rendition } from '../../shared/links/token.ts'
import { isLinkUrl } from '../../shared/links/url.ts'
import { usage } from '../args.ts'
import { objectId } from '../ids.ts'
import { linkOf, readLink } from './link.ts'
import type { Stack } from './stack.ts'

export interface Wanted {
  readonly rendition: Rendition | undefined
  /** `A-B` as it was typed. */
  readonly range: string | undefined
}

const ONE_MINUTE_MS = 60_000

/** @throws UsageError, CommandFailed, Unavailable */
export async function readFromStack(stack: Stack, what: string, { rendition, range }: Wanted) {
  if (isLinkUrl(what)) {
    if (rendition !== undefined) throw usage('open', 'a link is to one rendition already')
    return readLink(what, range)
  }
  const id = await objectId(stack.catalogue, what)
  const { url } = await linkOf(stack, {
    objectId: id,
    rendition: rendition ?? 'original',
    ttlMs: ONE_MINUTE_MS,
    uses: 1,
  })
  return readLink(url, range)
}
