// Rules about the whole tree: it names no machine, pins what it uses, runs every test, and keeps files short.
import { expect, test } from 'vitest'
import { looseRequirementsIn, looseVersionsIn, machineTracesIn, unrunTestsIn } from './text.ts'
import { isCode, textOf, treeFiles } from './tree.ts'

const files = treeFiles()

test('no file holds an absolute path of a machine or the name of a registry', () => {
  expect(files.flatMap((file) => machineTracesIn(file, textOf(file) ?? ''))).toEqual([])
})

test('machine paths and registries are recognised', () => {
  const home = ['', 'home', 'ada', 'x.ts'].join('/')
  const root = ['', 'root', 'x'].join('/')
  const work = ['', 'work', 'main'].join('/')
  const registry = ['https://registry', 'npmjs', 'org'].join('.')
  for (const text of [home, `see "${root}"`, `cd ${work}`, registry]) {
    expect(machineTracesIn('a.md', text)).toHaveLength(1)
  }
  expect(machineTracesIn('a.md', `https://example.org${home} ./work/x ../root/x ~/home/x shared/home/x`)).toEqual([])
})

test('every direct dependency is pinned and locked, to no particular registry', () => {
  const manifest = JSON.parse(textOf('package.json') ?? '')
  expect(looseVersionsIn(manifest, JSON.parse(textOf('package-lock.json') ?? ''))).toEqual([])
})

test('loose, unlocked and placed versions are recognised', () => {
  const lock = { packages: { 'node_modules/a': { version: '1.2.3' }, 'node_modules/b': { version: '1.2.4' } } }
  expect(looseVersionsIn({ dependencies: { a: '1.2.3' } }, lock)).toEqual([])
  expect(looseVersionsIn({ dependencies: { a: '^1.2.3' } }, lock)).not.toEqual([])
  expect(looseVersionsIn({ devDependencies: { b: '1.2.3' } }, lock)).not.toEqual([])
  expect(looseVersionsIn({ optionalDependencies: { c: '1.2.3' } }, lock)).not.toEqual([])
  const placed = { packages: { 'node_modules/a': { version: '1.2.3', resolved: 'somewhere' } } }
  expect(looseVersionsIn({ dependencies: { a: '1.2.3' } }, placed)).not.toEqual([])
})

test('Python requirements are pinned', () => {
  const lists = files.filter((file) => /(^|\/)requirements[^/]*\.txt$/.test(file))
  expect(lists.flatMap((file) => looseRequirementsIn(file, textOf(file) ?? ''))).toEqual([])
  expect(looseRequirementsIn('r.txt', '# why\na==1.2\nb[x]==2.0 # because\n')).toEqual([])
  expect(looseRequirementsIn('r.txt', 'a>=1.2\nb\n')).toHaveLength(2)
})

test('every test runs', () => {
  const tests = files.filter((file) => file.startsWith('test/') && isCode(file))
  expect(tests.flatMap((file) => unrunTestsIn(file, textOf(file) ?? ''))).toEqual([])
})

test.each([
  "test.skip('x', () => {})",
  "describe.only('x', () => {})",
  "it.todo('x')",
  "test.each([1]).skip('x', () => {})",
  "test.skipIf(slow)('x', () => {})",
  "test['skip']('x', () => {})",
  "test('x', { skip: true }, () => {})",
  "xit('x', () => {})",
  "test('x', (ctx) => { ctx.skip() })",
])('a test that would not run is recognised: %s', (code) => {
  expect(unrunTestsIn('a.test.ts', code)).toHaveLength(1)
})

test('a test that runs is left alone', () => {
  const code = "test.each([1])('x .skip( it.only(', () => { stream.skip(3); const only = { only: 1, skip: 2 } })"
  expect(unrunTestsIn('a.test.ts', code)).toEqual([])
})

test('no source file is longer than 400 lines', () => {
  const sources = files.filter((file) => isCode(file) || /\.(py|css|html|sh)$/.test(file))
  const long = sources.filter((file) => (textOf(file) ?? '').trimEnd().split('\n').length > 400)
  expect(long).toEqual([])
})
