/** Headers of every answer to a link: whatever was uploaded must not run, be cached, or tell where it was opened. */

/** What browsers draw and never execute. SVG is code, PDF and HTML more so: those are downloads. */
const RASTER = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'image/gif'])

/** For refusals too. */
export const LINK_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'Content-Security-Policy': "sandbox; default-src 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
})

/** With the bytes: shown in the page only when it is a raster image, saved otherwise. */
export function bodyHeaders(mediaType: string, fileName: string | undefined): Record<string, string> {
  const raster = RASTER.has(mediaType)
  return {
    ...LINK_HEADERS,
    'Content-Type': raster ? mediaType : 'application/octet-stream',
    'Content-Disposition': disposition(raster ? 'inline' : 'attachment', fileName),
  }
}

/** RFC 6266 with RFC 8187's UTF-8 form; the plain form is for agents that know no other. */
function disposition(kind: 'inline' | 'attachment', fileName: string | undefined): string {
  const name = fileName?.toWellFormed().split(/[/\\]/).at(-1)
  if (name === undefined || name === '') return kind
  const ascii = name.replace(/[^\w.-]/g, '_')
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
