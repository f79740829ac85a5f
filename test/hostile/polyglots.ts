/** Files that are two things at once, and files of types that other programs run: what we don't know, we don't look at. */
import { gzipSync } from 'node:zlib'
import { ascii, type HostileFile, join, patched, u16be, u16le, u32le } from './file.ts'
import { fixture } from './fixtures.ts'
import { deflatedZeros } from './png.ts'

/** One stored file, as ZIP readers find it from the end. */
function zipOf(name: string, body: Uint8Array, method = 0, uncompressed = body.length): Uint8Array {
  const fields = join(u16le(20), u16le(0), u16le(method), u32le(0), u32le(0), u32le(body.length), u32le(uncompressed))
  const local = join('PK\x03\x04', fields, u16le(name.length), u16le(0), name, body)
  const central = join('PK\x01\x02', u16le(20), fields, u16le(name.length), new Uint8Array(16), name)
  const end = join(
    'PK\x05\x06',
    new Uint8Array(4),
    u16le(1),
    u16le(1),
    u32le(central.length),
    u32le(local.length),
    u16le(0),
  )
  return join(local, central, end)
}

const script = '*/=1;fetch("http://127.0.0.1/");/*'

/** @param host a listener that must not be asked, `http://127.0.0.1:port` @param file a file that must not be read */
export function polyglots(host: string, file: string): readonly HostileFile[] {
  return [
    { what: 'JPEG with a ZIP behind it', make: () => join(fixture('cat.jpg'), zipOf('evil.html', ascii('<script>'))) },
    {
      what: 'GIF that is also JavaScript',
      make: () => join(patched(fixture('two-frames.gif'), 6, ascii('/*')), script),
    },
    { what: 'JPEG behind the header of a PDF', make: () => join('%PDF-1.4\n', fixture('cat.jpg')), unreadable: true },
    {
      what: 'JPEG with a PDF and a page of HTML in its comment',
      make() {
        const text = `%PDF-1.4 <html><img src="${host}/comment"><script src="${host}/s.js"></script>`
        return join('\xff\xd8\xff\xfe', u16be(text.length + 2), text, fixture('cat.jpg').subarray(2))
      },
    },
    {
      what: 'DICOM whose preamble is a TIFF',
      make: () => patched(fixture('header.dcm'), 0, join('II*\0', u32le(8), u16le(0), u32le(0))),
      unreadable: true,
    },
    {
      what: 'ZIP that inflates to 1 GiB',
      make: () => zipOf('zeros', deflatedZeros(2 ** 30).subarray(2, -4), 8, 2 ** 30),
      unreadable: true,
    },
    {
      what: 'drawing commands that name a URL',
      make: () =>
        ascii(
          `push graphic-context\nviewbox 0 0 9 9\nfill 'url(${host}/mvg.png)'\nimage over 0,0 9,9 '${file}'\npop graphic-context\n`,
        ),
      unreadable: true,
    },
    {
      what: 'PostScript that reads a file',
      make: () =>
        ascii(`%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(${file}) (r) file 99 string readstring\nshowpage\n`),
      unreadable: true,
    },
    {
      what: 'playlist that names a file and a URL',
      make: () => ascii(`#EXTM3U\n#EXTINF:10,\nconcat:${host}/header.m3u8|file://${file}\n#EXT-X-ENDLIST\n`),
      unreadable: true,
    },
    { what: 'PPM that says 100,000 squared', make: () => ascii('P6 100000 100000 255\n'), unreadable: true },
    {
      what: 'Radiance picture that says 100,000 squared',
      make: () => ascii('#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 100000 +X 100000\n'),
      unreadable: true,
    },
    {
      what: 'BMP that says 65,535 squared',
      make: () =>
        join(
          'BM',
          u32le(54),
          u32le(0),
          u32le(54),
          u32le(40),
          u32le(65_535),
          u32le(65_535),
          u16le(1),
          u16le(24),
          new Uint8Array(24),
        ),
      unreadable: true,
    },
    {
      what: 'VIPS file that says 65,535 squared',
      make: () =>
        join(Uint8Array.of(0x08, 0xf2, 0xa6, 0xb6), u32le(65_535), u32le(65_535), u32le(3), new Uint8Array(48)),
      unreadable: true,
    },
    {
      what: 'SVG under gzip',
      make: () =>
        Uint8Array.from(gzipSync(`<svg xmlns="http://www.w3.org/2000/svg"><image href="${host}/svgz"/></svg>`)),
      unreadable: true,
    },
  ]
}
