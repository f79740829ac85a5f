/** What the fuzz targets start from: the lines of corpus/, and the committed vectors. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const vectors = join(import.meta.dirname, '..', 'vectors', 'v1')

/** The lines of corpus/NAME.txt; those that begin with # name the next one. */
export function lines(name: string): string[] {
  const all = readFileSync(join(import.meta.dirname, 'corpus', `${name}.txt`), 'utf8').split('\n')
  return all.filter((line) => line !== '' && !line.startsWith('#'))
}

export function hexLines(name: string): Uint8Array[] {
  return lines(name).map((line) => new Uint8Array(Buffer.from(line, 'hex')))
}

export interface Sealed {
  readonly name: string
  readonly object: Uint8Array
  /** A newer envelope beside it, and the generation that the catalogue names. */
  readonly newer?: { readonly generation: number; readonly bytes: Uint8Array }
}

/** The vectors that open, of at most `most` bytes, in the order of their names. */
export function sealedVectors(most: number): Sealed[] {
  const folder = join(vectors, 'open')
  const names = readdirSync(folder).filter((file) => file.endsWith('.json'))
  const found = names.map((file) => {
    const { name, envelope, generation } = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    const object = new Uint8Array(readFileSync(join(folder, `${name}.slv`)))
    if (envelope === undefined) return { name, object }
    return { name, object, newer: { generation, bytes: new Uint8Array(readFileSync(join(folder, envelope))) } }
  })
  const small = found.filter(({ object }) => object.length <= most)
  if (small.length === 0) throw new Error('no vectors')
  return small.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The link keys of v1/tokens.json. */
export function linkKeys(): { readonly kid: number; readonly key: Uint8Array }[] {
  const { keys } = JSON.parse(readFileSync(join(vectors, 'tokens.json'), 'utf8'))
  return keys.map(({ kid, key }: { kid: number; key: string }) => ({
    kid,
    key: new Uint8Array(Buffer.from(key, 'hex')),
  }))
}
