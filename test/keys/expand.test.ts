/** HKDF-Expand against node:crypto, and the byte notation of docs/FORMAT.md section 1. */
import { createHmac, hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contextBytes, contextOf } from '../../shared/keys/context.ts'
import { concat, equal, hex, label, lp, reader, text, u8, u16, u32 } from '../../shared/keys/encoding.ts'
import { expand } from '../../shared/keys/expand.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { AuthenticationFailed } from '../../shared/platform/ports.ts'

const bytes = (maxLength: number) => fc.uint8Array({ maxLength })

describe('HKDF-Expand', () => {
  test('is what node:crypto makes after its extract, for any key, info and length', () => {
    const inputs = fc.tuple(bytes(80), bytes(80), bytes(1024), fc.integer({ min: 1, max: 255 * 64 }))
    fc.assert(
      fc.property(inputs, ([ikm, salt, info, length]) => {
        const prk = createHmac('sha512', salt).update(ikm).digest()
        const ours = expand(nodePrimitives, prk, info, length)
        expect(hex(ours)).toBe(Buffer.from(hkdfSync('sha512', ikm, salt, info, length)).toString('hex'))
      }),
      { numRuns: 60 },
    )
  })

  test('takes info of any length, where node:crypto stops at 1,024 bytes', () => {
    const info = new Uint8Array(5000).fill(7)
    const once = createHmac('sha512', 'key').update(info).update(Uint8Array.of(1)).digest()
    const twice = createHmac('sha512', 'key').update(once).update(info).update(Uint8Array.of(2)).digest()
    expect(hex(expand(nodePrimitives, text('key'), info, 100))).toBe(
      Buffer.concat([once, twice]).subarray(0, 100).toString('hex'),
    )
  })

  test('gives 255 blocks and no more', () => {
    expect(expand(nodePrimitives, text('key'), text(''), 255 * 64)).toHaveLength(16_320)
    expect(() => expand(nodePrimitives, text('key'), text(''), 255 * 64 + 1)).toThrow(RangeError)
  })
})

describe('notation', () => {
  test('integers are big-endian, lp carries a length, labels end in zero', () => {
    expect(hex(concat(u8(1), u16(0x0203), u32(0xfffefdfc)))).toBe('010203fffefdfc')
    expect(hex(lp(text('ab')))).toBe('000000026162')
    expect(hex(label('a'))).toBe('6100')
  })

  test('a reader takes back what was written, and refuses to read past the end', () => {
    fc.assert(
      fc.property(fc.array(bytes(50), { maxLength: 10 }), (parts) => {
        const read = reader(concat(...parts.map(lp)))
        for (const part of parts) expect(hex(read.lp(0, 50))).toBe(hex(part))
        read.end()
        expect(() => read.u8()).toThrow(AuthenticationFailed)
      }),
    )
    expect(() => reader(Uint8Array.of(0, 0, 0, 2, 1)).lp(0, 9)).toThrow(AuthenticationFailed)
    expect(() => reader(lp(text('abc'))).lp(0, 2)).toThrow(AuthenticationFailed)
    expect(() => reader(lp(text('abc'))).lp(4, 9)).toThrow(AuthenticationFailed)
    expect(() => reader(Uint8Array.of(1)).end()).toThrow(AuthenticationFailed)
    expect(reader(new Uint8Array(4).fill(255)).u32()).toBe(0xffffffff)
  })

  test('equal is equality', () => {
    fc.assert(
      fc.property(bytes(20), bytes(20), (a, b) => {
        expect(equal(a, b)).toBe(hex(a) === hex(b))
        expect(equal(a, a.slice())).toBe(true)
      }),
    )
    expect(equal(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false)
  })
})

describe('the encryption context', () => {
  const binding = { stackId: 'stack-1', objectId: new Uint8Array(16).fill(0xab), suite: 2, facts: text('facts') }

  test('has the four entries of section 6.1 and nothing of the picture', () => {
    const expected = { kem: 'kem-0001', object: 'ab'.repeat(16), stack: 'stack-1', suite: '2' }
    expect(contextOf(binding, 'kem-0001')).toEqual(expected)
  })

  test('is counted, length-prefixed and sorted, whatever the order of its entries', () => {
    const parts = ['kem', 'kem-0001', 'object', 'ab'.repeat(16), 'stack', 'stack-1', 'suite', '2']
    const expected = hex(concat(u8(4), ...parts.map((part) => lp(text(part)))))
    const context = contextOf(binding, 'kem-0001')
    expect(hex(contextBytes(context))).toBe(expected)
    expect(hex(contextBytes(Object.fromEntries(Object.entries(context).reverse())))).toBe(expected)
  })
})
