// Node runs the sources as they are, so its own reader must take each one: it refuses some that the compiler lets pass.
import { stripTypeScriptTypes } from 'node:module'
import { expect, test } from 'vitest'
import { textOf, treeFiles } from './tree.ts'

function refusalOf(file: string): string[] {
  try {
    stripTypeScriptTypes(textOf(file) ?? '')
    return []
  } catch (error) {
    return [`${file}: ${error instanceof Error ? error.message : 'refused'}`]
  }
}

test('Node takes every source in the tree as it is written', () => {
  const files = treeFiles().filter((file) => file.endsWith('.ts') && !file.startsWith('cli/console/page/'))
  expect(files).not.toHaveLength(0)
  expect(files.flatMap(refusalOf)).toEqual([])
})

test('a loop whose variable is named `of` is refused, whatever the compiler says', () => {
  expect(() => stripTypeScriptTypes('for (const of of [1]) console.log(of)')).toThrow()
})
