/** Renditions as docs/FORMAT.md numbers them. Apart from seal.ts, so that opening needs no image library. */
import type { RenditionKind } from '../platform/ports.ts'

export const RENDITION_NUMBERS = { preview: 1, display: 2 } as const satisfies Record<RenditionKind, number>
