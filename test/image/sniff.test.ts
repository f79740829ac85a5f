import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sniff } from '../../shared/image/sniff.ts'
import { picture } from './fixtures.ts'

const bytes = (text: string, encoding: BufferEncoding = 'utf8'): Uint8Array => Buffer.from(text, encoding)

describe('sniff', () => {
  it.each([
    ['cat.jpg', 'image/jpeg'],
    ['coffee.png', 'image/png'],
    ['coffee.webp', 'image/webp'],
    ['coffee.avif', 'image/avif'],
    ['coffee.tiff', 'image/tiff'],
    ['two-frames.gif', 'image/gif'],
    ['header.dcm', 'application/dicom'],
    ['README.md', 'application/octet-stream'],
  ])('tells %s by content', async (name, type) => {
    expect(sniff(await picture(name))).toBe(type)
  })

  const root = '<svg xmlns="http://www.w3.org/2000/svg"/>'
  it.each([
    ['alone', root],
    ['after white space', `\n\t  ${root}`],
    ['after a byte order mark', `\u{feff}${root}`],
    ['after a prolog', `<?xml version="1.0" encoding="UTF-8"?>\n${root}`],
    ['after comments', `<!-- a > b --><!-- <html> -->\n${root}`],
    ['after a doctype', `<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd">${root}`],
    ['after a doctype with entities', `<!DOCTYPE svg [ <!ENTITY ns "http://x/>"> ]>\n<svg xmlns="&ns;">`],
    ['with a prefix', '<s:svg xmlns:s="http://www.w3.org/2000/svg">'],
    ['after a comment longer than what is looked at, given its doctype', `<!DOCTYPE svg [<!-- ${'x'.repeat(9000)}`],
  ])('knows SVG %s', (_, text) => {
    expect(sniff(bytes(text))).toBe('image/svg+xml')
  })

  it('knows SVG in UTF-16', () => {
    expect(sniff(bytes(`\u{feff}${root}`, 'utf16le'))).toBe('image/svg+xml')
    expect(sniff(Buffer.from(bytes(`\u{feff}${root}`, 'utf16le')).swap16())).toBe('image/svg+xml')
  })

  it.each([
    ['HTML that contains an SVG', `<!DOCTYPE html><html><body>${root}</body></html>`],
    ['an element whose name only starts like it', '<svgish/>'],
    ['text that mentions it', 'an <svg> element'],
    ['a comment that contains it', `<!-- ${root} --><note/>`],
  ])('takes %s for no SVG', (_, text) => {
    expect(sniff(bytes(text))).toBe('application/octet-stream')
  })

  it('takes DICOM with a TIFF in its preamble for DICOM', () => {
    const dual = Buffer.alloc(160)
    dual.write('II*\0', 0, 'latin1')
    dual.write('DICM', 128, 'latin1')
    expect(sniff(dual)).toBe('application/dicom')
  })

  it('never throws, whatever the bytes', () => {
    const starts = ['', '<', '<?xml', '<!--', '<!DOCTYPE [', '\u{feff}', '\0\0\0\u{20}ftyp', 'RIFF', 'II*\0']
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 300 }), (start, rest) => {
        expect(sniff(Buffer.concat([Buffer.from(start, 'latin1'), rest]))).toMatch(/^(image|application)\//)
      }),
    )
  })
})
