/** SVG that asks for things: files by every attribute and entity, hosts, scripts, fonts, recursion. None of it may be fetched or run. */
import { LAUGHS } from './bombs.ts'
import { ascii, type HostileFile } from './file.ts'
import { xmpPng } from './png.ts'

const NAMESPACES =
  'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xi="http://www.w3.org/2001/XInclude"'

/** Every way in which a drawing can name `url`. */
function naming(url: string): string {
  return `<image width="9" height="9" href="${url}"/><image width="9" height="9" xlink:href="${url}"/>
<use href="${url}#a"/><feImage href="${url}"/><style>@import url("${url}"); @font-face{font-family:x;src:url("${url}")}</style>
<rect width="9" height="9" fill="url(${url}#g)" style="background:url('${url}')"/><script href="${url}"/><a href="${url}"/>
<foreignObject width="9" height="9"><iframe xmlns="http://www.w3.org/1999/xhtml" src="${url}"/></foreignObject><xi:include href="${url}" parse="text"/>`
}

/** @param host a listener that must not be asked, `http://127.0.0.1:port` @param file a file that must not be read */
export function drawings(host: string, file: string): readonly HostileFile[] {
  const svg =
    (body: string, before = ''): (() => Uint8Array) =>
    () =>
      ascii(`${before}<svg ${NAMESPACES} width="99" height="99">${body}</svg>`)
  const local = `file://${file}`
  return [
    { what: 'SVG that names a file', make: svg(naming(local) + naming(file)), unreadable: true },
    { what: 'SVG that names a host', make: svg(naming(`${host}/svg.png`)), unreadable: true },
    {
      what: 'SVG with scripts',
      make: svg(`<script>fetch("${host}/script")</script><rect onload="fetch('${host}/onload')"/>`),
      unreadable: true,
    },
    {
      what: 'SVG whose entity is a file',
      make: svg('<text>&canary;</text>', `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY canary SYSTEM "${local}">]>`),
      unreadable: true,
    },
    {
      what: 'SVG whose definitions lie on a host',
      make: svg('<text>x</text>', `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY % d SYSTEM "${host}/d.dtd">%d;]>`),
      unreadable: true,
    },
    {
      what: 'SVG whose style sheet lies on a host',
      make: svg('', `<?xml-stylesheet href="${host}/x.xsl" type="text/xsl"?>`),
      unreadable: true,
    },
    { what: 'SVG of a billion laughs', make: svg('<text>&a10;</text>', LAUGHS), unreadable: true },
    {
      what: 'SVG that is 1,000,000,000 wide',
      make: () => ascii(`<svg ${NAMESPACES} width="1000000000" height="1000000000"/>`),
      unreadable: true,
    },
    {
      what: 'SVG 200,000 groups deep',
      make: svg(`${'<g>'.repeat(200_000)}${'</g>'.repeat(200_000)}`),
      unreadable: true,
    },
    {
      what: 'SVG that uses itself without end',
      make: svg(
        `<g id="a"><use href="#b"/><use href="#b"/></g><g id="b"><use href="#a"/><use href="#a"/></g><use href="#a"/>`,
      ),
      unreadable: true,
    },
    {
      what: 'SVG in UTF-16',
      make: () => Uint8Array.from(Buffer.from(`\ufeff<svg ${NAMESPACES}>${naming(`${host}/utf16`)}</svg>`, 'utf16le')),
      unreadable: true,
    },
    {
      what: 'SVG behind 4,000 blanks and a comment',
      make: svg(naming(`${host}/late`), `${' '.repeat(4000)}<!-- JFIF -->`),
      unreadable: true,
    },
    {
      what: 'PNG whose XMP names a file and a host',
      make: () =>
        xmpPng(
          `<!DOCTYPE x [<!ENTITY c SYSTEM "${local}">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&c;${naming(`${host}/xmp`)}</x:xmpmeta>`,
        ),
    },
  ]
}
