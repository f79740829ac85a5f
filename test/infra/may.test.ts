// What every role may do, and every policy of a key, bucket, queue or topic says, against one list: neither holds more.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mayOf, readMay } from './may.ts'
import { synth } from './synth.ts'

const list = readMay(readFileSync(join(import.meta.dirname, 'may.txt'), 'utf8'))
const usual = mayOf(synth())

test('the stack may what is listed, and nothing else', () => {
  expect(usual).toEqual(list.get('every stack')?.toSorted())
})

const withFlags = [...list].filter(([flags]) => flags !== 'every stack')

test.each(withFlags)('%s: adds and takes away what is listed, and nothing else', (flags, listed) => {
  const may = mayOf(synth(Object.fromEntries(flags.split(' ').map((one) => one.split('=')))))
  const changed = [
    ...may.filter((line) => !usual.includes(line)).map((line) => line.replace(' ', ' + ')),
    ...usual.filter((line) => !may.includes(line)).map((line) => line.replace(' ', ' - ')),
  ]
  expect(changed.toSorted()).toEqual(listed.toSorted())
})

test('a stack for tests may no more than one that is meant', () => {
  expect(mayOf(synth({ ephemeral: 'true', buffered: 'true', plainMaps: 'true' }))).toEqual(usual)
})
