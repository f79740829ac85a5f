/** The generator says what each committed vector is, and what it makes today is opened and refused like what it made then. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { openObject } from '../../shared/vault/open.ts'
import { type Forged, forge } from '../support/forge.ts'
import { quickKeyringOf, TEST_KEYS } from '../support/keyring.ts'
import { collect, sourceOf } from '../support/memory.ts'
import { REFUSED } from './generate.ts'
import { OPENS } from './opens.ts'
import { BASE, type Named, newerEnvelope } from './recipe.ts'

const keyring = quickKeyringOf(TEST_KEYS)
const described = z.object({ name: z.string(), about: z.string(), breaks: z.string().optional() })

function committed(folder: string) {
  const place = join(import.meta.dirname, 'v1', folder)
  const files = readdirSync(place).filter((file) => file.endsWith('.json'))
  return files.map((file) => described.parse(JSON.parse(readFileSync(join(place, file), 'utf8'))))
}

function open(forged: Forged, object = forged.object, { envelope, generation, expect: named }: Named = {}) {
  const expected = {
    ...(named && { objectId: named.id, headDigest: named.headDigest }),
    ...(generation !== undefined && { envelope: { generation, ...(envelope && { bytes: envelope }) } }),
  }
  return openObject(nodePrimitives, keyring, sourceOf(object), expected).then(({ stream }) => collect(stream()))
}

describe.each([
  ['open', OPENS],
  ['refuse', REFUSED],
] as const)('%s', (folder, recipes) => {
  test('every recipe has its vector, and every vector its recipe', () => {
    const names = recipes.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(
      committed(folder)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(names.sort())
  })
})

test('a refused vector breaks the rule that its recipe names', () => {
  const rules = new Map(committed('refuse').map(({ name, breaks }) => [name, breaks]))
  for (const { name, breaks } of REFUSED) expect(rules.get(name), name).toBe(breaks)
})

test.each(OPENS)('made anew, $name opens', async ({ forgery, newer }) => {
  const forged = await forge({ ...BASE, ...forgery })
  const beside = newer === undefined ? {} : await newerEnvelope(forged, newer)
  const plaintext = await open(forged, forged.object, beside)
  expect(plaintext.equals(forgery.plaintext ?? BASE.plaintext)).toBe(true)
})

test.each(REFUSED)('made anew, $name is refused: $about', async ({ forgery, change, named }) => {
  const forged = await forge({ ...BASE, ...forgery })
  await expect(open(forged, change?.(forged), await named?.(forged))).rejects.toThrow(/^authentication failed$/)
})
