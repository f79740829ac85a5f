/** Vectors of every release open for ever, and what must be refused is refused with the one message. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { hex } from '../../shared/keys/encoding.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { type Expectation, openObject } from '../../shared/vault/open.ts'
import { keyringOf } from '../support/keyring.ts'
import { collect, sourceOf } from '../support/memory.ts'
import { sourceTexts } from './sources.ts'
import { readSums, sumOf, vectorFiles } from './sums.ts'

const here = import.meta.dirname
const kmsKey = z.object({ keyId: z.string(), key: z.string() })
const keys = z
  .object({
    stack: z.string(),
    kem: z.array(z.object({ keyId: z.string(), seed: z.string() })),
    kms: z.array(kmsKey),
    otherKms: z.array(kmsKey),
  })
  .parse(JSON.parse(readFileSync(join(here, 'keys.json'), 'utf8')))
const keyring = keyringOf(keys)

const opening = z.object({
  object: z.string(),
  sha256: z.string(),
  length: z.number(),
  tier: z.number(),
  mediaType: z.string(),
  fileName: z.string().optional(),
  source: z.array(z.string()).optional(),
  envelope: z.string().optional(),
  generation: z.number().optional(),
})
const refusal = z.object({
  object: z.string(),
  breaks: z.string(),
  about: z.string(),
  envelope: z.string().optional(),
  generation: z.number().optional(),
  expect: z.object({ id: z.string(), headDigest: z.string() }).optional(),
})

function load<T>(folder: string, schema: z.ZodType<T>, least: number): [string, T][] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  if (files.length < least) throw new Error(`${folder} holds ${files.length} vectors, at least ${least} were expected`)
  return files.map((name) => [name.slice(0, -5), schema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')))])
}

/** The generation that the catalogue names, and the envelope beside the object. */
function named(
  folder: string,
  { envelope, generation }: { envelope?: string | undefined; generation?: number | undefined },
): Expectation {
  if (generation === undefined) return {}
  return { envelope: { generation, ...(envelope && { bytes: readFileSync(join(folder, envelope)) }) } }
}

const releases = readdirSync(here).filter((name) => /^v\d+$/.test(name) && existsSync(join(here, name, 'open')))
if (releases.length === 0) throw new Error('no vectors')

describe.each(releases)('%s', (release) => {
  test('is as it was released, to the byte', () => {
    const folder = join(here, release)
    const sums = readSums(folder)
    expect([...sums.keys()]).toEqual(vectorFiles(folder))
    for (const [file, sum] of sums) expect(sumOf(folder, file), file).toBe(sum)
  })

  const open = join(here, release, 'open')
  const refuse = join(here, release, 'refuse')

  test.each(load(open, opening, 27))('opens %s', async (_, vector) => {
    const object = readFileSync(join(open, vector.object))
    const opened = await openObject(nodePrimitives, keyring, sourceOf(object), named(open, vector))
    const plaintext = await collect(opened.stream())
    expect({
      sha256: hex(nodePrimitives.sha256(plaintext)),
      length: plaintext.length,
      tier: opened.facts.tier,
      mediaType: opened.metadata.mediaType,
      fileName: opened.metadata.fileName,
    }).toEqual({
      sha256: vector.sha256,
      length: vector.length,
      tier: vector.tier,
      mediaType: vector.mediaType,
      fileName: vector.fileName,
    })
    if (vector.source) expect(sourceTexts(opened.metadata.source)).toEqual(vector.source)
    expect(hex(opened.metadata.sha256)).toBe(vector.sha256)
  })

  test.each(load(refuse, refusal, 123))('refuses %s', async (_, vector) => {
    const object = readFileSync(join(refuse, vector.object))
    const expected: Expectation = {
      ...(vector.expect && { objectId: vector.expect.id, headDigest: vector.expect.headDigest }),
      ...named(refuse, vector),
    }
    const whole = openObject(nodePrimitives, keyring, sourceOf(object), expected).then(({ stream }) =>
      collect(stream()),
    )
    await expect(whole).rejects.toThrow(/^authentication failed$/)
  })
})
