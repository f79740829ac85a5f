/**
 * Text of any script in S3's headers: printable ASCII as it is, all else as an RFC 2047 word, which is what S3 itself
 * answers with for the metadata of other uploaders. The word isn't cut at 75 characters: no mail relay reads it.
 */
const MAX_BYTES = 2_048
/** ASCII that no header trims and that isn't taken for an encoded word. */
const PLAIN = /^(?!\s|.*\s$|.*=\?)[\x20-\x7e]+$/
const WORD = /=\?utf-8\?([bq])\?([^?\s]*)\?=/gi
const WORDS = /^(?:=\?utf-8\?[bq]\?[^?\s]*\?=\s*)+$/i

/** @throws RangeError when S3 would refuse it as too large */
export function encodeMetadata(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const encoded: Record<string, string> = {}
  let total = 0
  for (const [name, value] of Object.entries(metadata)) {
    const text = PLAIN.test(value) ? value : `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`
    encoded[name] = text
    total += name.length + text.length
  }
  if (total > MAX_BYTES) throw new RangeError(`object metadata, encoded for S3, is at most ${MAX_BYTES} bytes`)
  return encoded
}

export function decodeMetadata(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, decodeText(value)]))
}

function decodeText(text: string): string {
  if (!WORDS.test(text)) return text
  // Of several words, one character's bytes may be in two.
  const parts = [...text.matchAll(WORD)].map(([, how = '', word = '']) =>
    how.toLowerCase() === 'b' ? Buffer.from(word, 'base64') : unquoted(word),
  )
  return Buffer.concat(parts).toString('utf8')
}

/** RFC 2047 section 4.2. */
function unquoted(word: string): Buffer {
  const bytes = word
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1')
}
