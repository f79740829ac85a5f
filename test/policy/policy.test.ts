import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defaultPolicy, PolicyInvalid, parsePolicy, policyShape } from '../../shared/policy/policy.ts'

/** The default policy with one value set by path. */
const changed = (path: string, value: unknown): unknown => {
  const copy: object = structuredClone(defaultPolicy)
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  const parent = keys.reduce((at: object, key) => {
    const next: unknown = Reflect.get(at, key)
    if (typeof next !== 'object' || next === null) throw new Error(`no ${key}`)
    return next
  }, copy)
  Reflect.set(parent, last, value)
  return copy
}

describe('a policy file', () => {
  it.each([
    ['scores.internal', 2, 'scores.internal: '],
    ['scores.confidential', 0.1, 'scores.confidential: lower than internal'],
    ['protections.internal.kem', 512, 'protections.internal.kem: '],
    ['protections.restricted.kem', 768, "protections.restricted.kem: looser than confidential's"],
    ['protections.confidential.preview', 'clear', undefined],
    ['protections.restricted.preview', 'clear', "protections.restricted.preview: looser than confidential's"],
    ['protections.restricted.link.maxUses', 101, "protections.restricted.link.maxUses: looser than confidential's"],
    ['protections.public.link.maxTtlSeconds', 0, 'protections.public.link.maxTtlSeconds: '],
    ['protections.public.kmsKey', 'arn:aws:x', 'protections.public.kmsKey: '],
    ['rules.0.when', {}, 'rules.0.when: name at least one kind'],
    ['rules.0.when', { hat: 1 }, 'rules.0.when'],
    ['rules.3.tier', 'secret', 'rules.3.tier: '],
    ['threats.calm', {}, '(top level)|threats'],
    ['linkers', [], undefined],
    ['linkers', [{ principal: '', highest: 'public' }], 'linkers.0.principal: '],
    ['linkers', [{ principal: '*', highest: 'secret' }], 'linkers.0.highest: '],
    ['linkers', [{ principal: '*' }], 'linkers.0.highest: '],
    ['version', 2, 'version: '],
  ])('with %s = %j is judged at that place', (path, value, message) => {
    if (message === undefined) expect(parsePolicy(changed(path, value))).toBeDefined()
    else expect(() => parsePolicy(changed(path, value))).toThrow(message.split('|').at(-1) ?? '')
  })

  it('that is no object is refused as invalid', () => {
    for (const json of [null, 1, 'x', [], {}]) expect(() => parsePolicy(json)).toThrow(PolicyInvalid)
  })

  it('has a JSON schema beside it that is the one the code checks', async () => {
    const file = join(import.meta.dirname, '..', '..', 'shared', 'policy', 'schema.json')
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(z.toJSONSchema(policyShape, { reused: 'ref' }))
  })
})
