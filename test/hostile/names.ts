/** Names that a file may come with, none of which may become a path, break a line or stop a sealing. */
import type { HostileFile } from './file.ts'
import { fixture } from './fixtures.ts'

export const NAMES: Readonly<Record<string, string>> = {
  'a path upwards': '../../../../tmp/safelight-escaped.jpg',
  'a path upwards, backslashes': '..\\..\\safelight-escaped.jpg',
  'an absolute path': '/tmp/safelight-escaped.jpg',
  'two dots': '..',
  'a NUL': 'before\0after.jpg',
  'control characters': 'bell\u0007 escape\u001b[2J\r\nX-Injected: yes\u007f\u0085.jpg',
  '300 letters': `${'n'.repeat(300)}.jpg`,
  '100,000 letters of four bytes': '\u{1F5BC}'.repeat(2_500),
  'right to left': 'photo\u202Egpj.exe',
  'a byte order mark and nothing else': '\uFEFF',
  'a lone surrogate, as JavaScript writes it': 'lone\uFFFDsurrogate.jpg',
  'combining marks': `z${'\u0335'.repeat(400)}.jpg`,
  'an object key': 'o/00000000000000000000000000000000',
  'a prototype': '__proto__',
  'a shell': '$(touch /tmp/safelight-escaped);`id`&&<img src=x onerror=alert(1)>.jpg',
}

/** What is refused by the header alone: percent-encoded, but no UTF-8. */
export const UNDECODABLE_NAMES: Readonly<Record<string, string>> = {
  'a lone surrogate': '%ED%A0%80.jpg',
  'an overlong slash': '..%C0%AF..%C0%AFetc',
  'a stray byte': '%FF',
  'half an escape': '%E2%82',
  'no escape': '%zz',
}

export const named: readonly HostileFile[] = Object.entries(NAMES).map(([what, fileName]) => ({
  what: `name: ${what}`,
  fileName,
  make: () => fixture('sideways.jpg'),
}))

/** Names that a Linux file system holds, as bytes: anything but a slash and NUL, up to 255 of them. */
export const DROPPED_NAMES: Readonly<Record<string, Uint8Array>> = {
  'dots and escapes': Buffer.from('up..%2f..%2fescaped.jpg'),
  backslashes: Buffer.from('up\\..\\..\\escaped.jpg'),
  'control characters and a line break': Buffer.from('bell\u0007\u001b[2J\r\nline.jpg'),
  '255 letters': Buffer.from('n'.repeat(255)),
  'right to left': Buffer.from('photo\u202Egpj.exe'),
  'a blank': Buffer.from(' '),
  'an option': Buffer.from('--erase'),
  'a prototype': Buffer.from('__proto__'),
}

/** What the folder leaves alone, and says so: no text can name it back, or it is hidden. */
export const LEFT_ALONE: Readonly<Record<string, Uint8Array>> = {
  'bytes that are no UTF-8': Buffer.from([0x66, 0xff, 0xfe, 0xed, 0xa0, 0x80, 0x2e, 0x6a, 0x70, 0x67]),
  '255 bytes that are no UTF-8': Buffer.alloc(255, 0xff),
  'two dots in front': Buffer.from('..%2f..%2fescaped.jpg'),
}
