/** Every link, whatever their number: page after page of them. */
import type { Catalogue, LinkRow } from '../platform/ports.ts'

const PAGE = 100

/** Newest first, all of them or those to one object. */
export async function* everyLink(
  catalogue: Pick<Catalogue, 'links'>,
  objectId?: string,
): AsyncGenerator<LinkRow, void, undefined> {
  for (let after: string | undefined; ; ) {
    const page = await catalogue.links({ limit: PAGE, ...(objectId && { objectId }), ...(after && { after }) })
    yield* page
    after = page.at(-1)?.linkId
    if (page.length < PAGE) return
  }
}
