// Gets the original out: through the page while it is small, else by a link that opens once, so that memory stays bounded.
import type { ObjectDetail } from '../api.ts'
import { api } from './client.ts'
import { h } from './dom.ts'
import { bytes, cleanName, shortId } from './format.ts'
import { icon } from './icons.ts'
import { busy, toast } from './notice.ts'

/** The page holds what it downloads in memory: more than this goes by link. */
const MOST_IN_PAGE = 64 * 2 ** 20
const LINK_SECONDS = 600

function follow(attributes: Parameters<typeof h>[1]): void {
  const link = h('a', attributes)
  document.body.append(link)
  link.click()
  link.remove()
}

/** Hands the decrypted original to the browser's downloads, under its own name when it has one. */
async function throughPage({ id, sealed }: ObjectDetail): Promise<void> {
  const url = URL.createObjectURL(await api.content(id, 'original'))
  const name = cleanName(sealed.name ?? '').replaceAll(/[/\\:*?"<>|]/g, '_')
  follow({ href: url, download: name || `safelight-${shortId(id)}` })
  // The browser has taken hold of the blob by then.
  setTimeout(() => URL.revokeObjectURL(url), 30_000)
}

/** Links have an origin of their own, so it opens beside this page; the name comes with the answer. */
async function byLink({ id, limits }: ObjectDetail): Promise<void> {
  const ttlSeconds = Math.min(LINK_SECONDS, limits.maxTtlSeconds)
  const { url } = await api.makeLink(id, { ttlSeconds, uses: 1, rendition: 'original' })
  follow({ href: url, target: '_blank', rel: 'noopener noreferrer' })
  toast('Opened by a link that is used up now.')
}

export function downloadButton(detail: ObjectDetail): HTMLButtonElement {
  const large = detail.size > MOST_IN_PAGE
  const button = h(
    'button',
    {
      type: 'button',
      id: 'download',
      title: large ? `Over ${bytes(MOST_IN_PAGE)}: the browser gets it by a link that opens once` : null,
    },
    icon('download', 18),
    large ? 'Download by one-use link' : 'Download original',
  )
  busy(button, () => (large ? byLink(detail) : throughPage(detail)))
  return button
}
