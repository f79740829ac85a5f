// Splits a byte stream into lines of JSON. Lines that don't parse are dropped: one bad line mustn't end the stream.

/** Feed it chunks as they arrive; it returns the values that became complete. */
export function jsonLines<T>(): (chunk: Uint8Array) => T[] {
  const decoder = new TextDecoder()
  let rest = ''
  return (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    const values: T[] = []
    for (const line of lines) {
      if (line.trim() === '') continue
      try {
        values.push(JSON.parse(line))
      } catch {}
    }
    return values
  }
}
