// The page's pure parts, and what its files are served as.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadAssets } from '../../cli/console/assets.ts'
import { ago, bytes, cleanName, countdown, elapsed, shortName } from '../../cli/console/page/format.ts'
import { jsonLines } from '../../cli/console/page/lines.ts'
import { afterStep, STEP_ORDER, stepStates, waiting, worthShowing } from '../../cli/console/page/progress.ts'
import { STEPS, type StepEvent } from '../../shared/platform/ports.ts'

const ASSETS = new URL('../../cli/console/assets.ts', import.meta.url)

const text = (path: string): string => new TextDecoder().decode(loadAssets().get(path)?.body)

const event = (step: StepEvent['step'], more: Partial<StepEvent> = {}): StepEvent => ({
  type: 'step',
  time: '2026-01-01T00:00:00Z',
  upload: 'u',
  step,
  ...more,
})

test('every module the page asks for is served, as JavaScript', () => {
  const asked = [...loadAssets()].flatMap(([path, { body }]) =>
    path.endsWith('.ts')
      ? [...new TextDecoder().decode(body).matchAll(/from '\.(\/[\w-]+\.ts)'/g)].map(([, to]) => to ?? path)
      : [],
  )
  expect(asked.length).toBeGreaterThan(30)
  for (const path of asked) expect(loadAssets().get(path)?.type).toBe('text/javascript; charset=utf-8')
})

test('the page asks for nothing that is not served, and for nothing from elsewhere', () => {
  const asked = [...text('/').matchAll(/(?:href|src)="(\/[^"]+)"/g)].map(([, path]) => path ?? '')
  expect(asked).toContain('/main.ts')
  for (const path of asked) expect([...loadAssets().keys()]).toContain(path)
  for (const [path, { body }] of loadAssets()) {
    const source = new TextDecoder().decode(body).replaceAll('http://www.w3.org/2000/svg', '')
    expect(source.match(/https?:\/\/[^\s'"…]+\.[a-z]/g), path).toBeNull()
    expect(source.match(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/g), path).toBeNull()
  }
})

test('types are stripped without a word on stderr', async () => {
  const script = `(await import(${JSON.stringify(ASSETS.href)})).loadAssets()`
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
  expect(stderr).toBe('')
  expect(text('/format.ts')).not.toContain(': string')
})

test('the page knows every step, in the pipeline’s order', () => {
  expect(STEP_ORDER).toEqual(STEPS)
})

test('JSON lines come out the same however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 20 }), fc.array(fc.nat(40)), (values, cuts) => {
      const all = new TextEncoder().encode(values.map((value) => `${JSON.stringify(value)}\n`).join(''))
      const feed = jsonLines<unknown>()
      const got: unknown[] = []
      let at = 0
      for (const length of [...cuts, all.length]) {
        got.push(...feed(all.subarray(at, at + length)))
        at = Math.min(all.length, at + length)
      }
      expect(got).toEqual(JSON.parse(JSON.stringify(values)))
    }),
  )
})

test('a line that is not JSON does not end the stream', () => {
  expect(jsonLines<unknown>()(new TextEncoder().encode('{"a":1}\nnonsense\n\n{"b":2}\n'))).toEqual([{ a: 1 }, { b: 2 }])
})

test('no name keeps a control or a direction mark, or grows beyond its length', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer({ min: 12, max: 80 }), (name, longest) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be gone
      expect(cleanName(name)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/)
      const short = shortName(name, longest)
      expect([...short].length).toBeLessThanOrEqual(longest)
      expect(short).not.toBe('')
    }),
  )
})

test('a long name keeps its start and its extension', () => {
  expect(shortName(`holiday${'x'.repeat(300)}.jpeg`, 24)).toMatch(/^holiday.*…x*\.jpeg$/)
})

test('numbers read as people write them', () => {
  expect([0, 999, 1000, 1_234_567, 999_960_000].map(bytes)).toEqual(['0 B', '999 B', '1.0 KB', '1.2 MB', '1.0 GB'])
  expect([-5, 7_000, 599_001, 3_700_000, 190_000_000].map(countdown)).toEqual([
    '0:00',
    '0:07',
    '10:00',
    '1 h 01 min',
    '2 d 4 h',
  ])
  expect([840, 12_000, 185_000].map(elapsed)).toEqual(['0.8 s', '12 s', '3 min 05 s'])
  expect(ago(0, 59_000)).toBe('just now')
  expect(ago(0, 3 * 3_600_000)).toBe('3 h ago')
})

test('an upload that failed and is tried again ends well, with its tier and object', () => {
  const steps: StepEvent[] = [
    event('received'),
    event('decide', { tier: 2 }),
    event('verify'),
    event('failed', { reason: 'verification-failed' }),
    event('received'),
    event('committed', { objectId: 'o' }),
    event('erased'),
  ]
  const all = steps.map((_, index) =>
    steps.slice(0, index + 1).reduce((at, step, n) => afterStep(at, step, n), waiting('k', 'a', 1)),
  )
  expect(all.map(({ phase }) => phase)).toEqual([
    'sealing',
    'sealing',
    'sealing',
    'failed',
    'sealing',
    'sealing',
    'done',
  ])
  expect(all[3]).toMatchObject({ reason: 'verification-failed', step: 'verify', ended: 3 })
  expect(all.at(-1)).toMatchObject({ tier: 'confidential', objectId: 'o', reason: null, ended: 6 })
  expect(all[3] && stepStates(all[3])[STEP_ORDER.indexOf('verify')]).toBe('failed')
})

test('of very many rows, those that failed or move are shown, in their order', () => {
  const rows = Array.from({ length: 100 }, (_, index) => {
    const row = waiting(String(index), null, null)
    if (index === 90) return { ...row, phase: 'failed' as const }
    return index < 50 ? { ...row, phase: 'done' as const, ended: index } : row
  })
  const shown = worthShowing(rows, 5).map(({ key }) => key)
  expect(shown).toEqual(['46', '47', '48', '49', '90'])
})
