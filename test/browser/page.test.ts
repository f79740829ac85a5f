// The page's pure parts, and what its files are served as.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadAssets } from '../../cli/console/assets.ts'
import {
  ago,
  briefAgo,
  bytes,
  cleanName,
  countdown,
  elapsed,
  lifeWords,
  shortName,
} from '../../cli/console/page/format.ts'
import { approvalWords, fieldOf, livesWithin, usesWrong, usualLife } from '../../cli/console/page/limits.ts'
import { jsonLines } from '../../cli/console/page/lines.ts'
import { afterStep, STEP_ORDER, stepStates, waiting, worthShowing } from '../../cli/console/page/progress.ts'
import { formatBytes } from '../../cli/output.ts'
import { grantLink } from '../../shared/links/grant.ts'
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
  expect([0, 1023, 1024, 1_500_000, 314_572_800].map(bytes)).toEqual([
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.4 MiB',
    '300.0 MiB',
  ])
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
  expect([60, 90, 3600, 129_600, 604_800].map(lifeWords)).toEqual([
    '1 minute',
    '90 seconds',
    '1 hour',
    '36 hours',
    '7 days',
  ])
})

test('the page and the command line say a size in the same words', () => {
  fc.assert(fc.property(fc.maxSafeNat(), (size) => void expect(bytes(size)).toBe(formatBytes(size))))
})

test('an age in a narrow place has at most eight letters', () => {
  const now = Date.UTC(2026, 10, 22)
  const ages = [0, 59_000, 26 * 60_000, 4 * 3_600_000, 3 * 86_400_000]
  expect(ages.map((age) => briefAgo(now - age, now))).toEqual(['now', 'now', '26 m', '4 h', '3 d'])
  fc.assert(fc.property(fc.nat(now), (time) => void expect(briefAgo(time, now).length).toBeLessThanOrEqual(8)))
})

test('a link form offers no life and takes no number of uses that the tier refuses, and offers the most it allows', () => {
  const limit = fc.record({
    maxTtlSeconds: fc.integer({ min: 1, max: 31_536_000 }),
    maxUses: fc.integer({ min: 1, max: 1e6 }),
  })
  fc.assert(
    fc.property(limit, fc.oneof(fc.integer().map(String), fc.string()), (link, typed) => {
      const limits = { ...link, approvals: 0 }
      const lives = livesWithin(limits)
      expect(lives.at(-1)).toBe(link.maxTtlSeconds)
      expect(lives).toContain(usualLife(limits))
      for (const life of lives) {
        expect(grantLink({ ttlMs: life * 1000, uses: 1 }, { link, approvals: 0 }, 0).granted).toBe(true)
      }
      const uses = Number(typed)
      const granted = typed.trim() !== '' && grantLink({ ttlMs: 1000, uses }, { link, approvals: 0 }, 0).granted
      expect(usesWrong(typed, limits) === undefined).toBe(granted)
    }),
  )
})

test('a refused link is refused at the field that the refusal is about', () => {
  const [link, approvals] = [{ maxTtlSeconds: 60, maxUses: 1 }, 1]
  const asked = [{ ttlMs: 61_000 }, { ttlMs: -1 }, { uses: 2 }, { uses: 0 }, {}]
  const refusals = asked.map((order) => grantLink(order, { link, approvals }, 0))
  expect(refusals.map((refusal) => !refusal.granted && fieldOf(refusal.reason))).toEqual([
    'life',
    'life',
    'uses',
    'uses',
    'form',
  ])
  expect(approvalWords({ maxTtlSeconds: 1, maxUses: 1, approvals: 0 })).toBe('')
  expect(approvalWords({ maxTtlSeconds: 1, maxUses: 1, approvals: 2 })).toContain('2 more people')
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
