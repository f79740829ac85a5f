/** The local catalogue, every call of which that a pipeline makes may be the last one of its process. */
import { openCatalogue as open } from '../../../shared/platform/local/catalogue.ts'
import { boundary } from '../strike.ts'

export type { CatalogueOptions, LocalCatalogue } from '../../../shared/platform/local/catalogue.ts'

export function openCatalogue(...settings: Parameters<typeof open>): ReturnType<typeof open> {
  const catalogue = open(...settings)
  return {
    ...catalogue,
    commit: (row) => boundary('catalogue.commit', () => catalogue.commit(row)),
    bySource: (source) => boundary('catalogue.bySource', () => catalogue.bySource(source)),
    object: (id) => boundary('catalogue.object', () => catalogue.object(id)),
    link: (id) => boundary('catalogue.link', () => catalogue.link(id)),
    spend: (id, now, event) => boundary('catalogue.spend', () => catalogue.spend(id, now, event)),
    moveEnvelope: (...move) => boundary('catalogue.moveEnvelope', () => catalogue.moveEnvelope(...move)),
  }
}
