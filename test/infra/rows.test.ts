// Which rows of the catalogue each role may touch, and how: whoever takes a function over gets so far and no further.
import { describe, expect, test } from 'vitest'
import {
  accessKey,
  forgottenNameKey,
  linkKey,
  linksPartition,
  objectKey,
  refusedPartition,
  sourceKey,
} from '../../shared/platform/aws/catalogueKeys.ts'
import { allowed, listOf, type Statement, statementsOf } from './policies.ts'
import { synth } from './synth.ts'

const template = synth()
const ID = 'f'.repeat(32)
const HMAC = '0'.repeat(64)
const PARTITIONS = {
  object: objectKey(ID).pk,
  source: sourceKey(HMAC).pk,
  name: forgottenNameKey(HMAC).pk,
  refused: refusedPartition(ID),
  link: linkKey(ID).pk,
  links: linksPartition(ID),
  access: accessKey(ID).pk,
}
type Kind = keyof typeof PARTITIONS

const KINDS = Object.keys(PARTITIONS).filter((kind): kind is Kind => kind in PARTITIONS)
const ACTIONS = ['GetItem', 'Query', 'ConditionCheckItem', 'PutItem', 'UpdateItem', 'DeleteItem'] as const
const BEYOND = ['Scan', 'BatchGetItem', 'BatchWriteItem', 'PartiQLInsert', 'PartiQLUpdate', 'PartiQLDelete']

/** All that a role may do to rows, by their kind. */
const MAY: Readonly<Record<string, Partial<Record<Kind, readonly (typeof ACTIONS)[number][]>>>> = {
  Sealing: {},
  Verifying: {
    object: ['GetItem', 'PutItem', 'DeleteItem'],
    source: ['GetItem', 'PutItem', 'DeleteItem'],
    name: ['GetItem', 'PutItem', 'DeleteItem'],
    refused: ['PutItem'],
    link: ['Query', 'UpdateItem'],
    links: ['Query', 'UpdateItem'],
  },
  Opening: { object: ['GetItem'], link: ['GetItem', 'UpdateItem'], access: ['PutItem'] },
  Linking: { object: ['GetItem', 'ConditionCheckItem'], link: ['PutItem'], links: ['PutItem'], access: ['PutItem'] },
  Sweeping: { object: ['GetItem'], source: ['GetItem'], refused: ['Query'] },
  KeepingKeys: {},
  KeepingRewrap: { object: ['GetItem', 'Query', 'UpdateItem'] },
  KeepingErase: {
    object: ['GetItem', 'PutItem', 'DeleteItem'],
    source: ['GetItem', 'PutItem', 'DeleteItem'],
    name: ['GetItem', 'PutItem', 'DeleteItem'],
    link: ['GetItem', 'Query', 'UpdateItem'],
    links: ['GetItem', 'Query', 'UpdateItem'],
    access: ['PutItem'],
  },
  KeepingFind: { source: ['GetItem'] },
}

/** As IAM decides it. @param keys partition keys that the call touches; none for one that names none */
function may(statements: readonly Statement[], action: string, keys: readonly string[]): boolean {
  return allowed(statements).some(
    ({ actions, resources, conditions }) =>
      resources.some((resource) => resource.startsWith('<CatalogueTable')) &&
      actions.includes(`dynamodb:${action}`) &&
      Object.entries(conditions).every(([operator, tests]) => holds(operator, tests, keys)),
  )
}

function holds(operator: string, tests: Statement['conditions'][string], keys: readonly string[]): boolean {
  const [[name, wanted] = [], ...others] = Object.entries(tests)
  if (name !== 'dynamodb:LeadingKeys' || others.length > 0)
    throw new Error('a condition on rows that is not known here')
  if (operator === 'Null') return String(wanted) === String(keys.length === 0)
  if (operator !== 'ForAllValues:StringLike') throw new Error(`${operator} is not known here`)
  return keys.every((key) => listOf(wanted).some((pattern) => isLike(key, String(pattern))))
}

function isLike(key: string, pattern: string): boolean {
  if (!/^[^*?]+\*$/.test(pattern)) throw new Error('patterns of rows end in their only wildcard')
  return key.startsWith(pattern.slice(0, -1))
}

describe.each(Object.entries(MAY))('the role of %s', (role, expected) => {
  const statements = statementsOf(template, role)

  test('touches rows as its work needs it, and no others', () => {
    const found = KINDS.map((kind) => [kind, ACTIONS.filter((action) => may(statements, action, [PARTITIONS[kind]]))])
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(KINDS.map((kind) => [kind, expected[kind] ?? []])))
  })

  test('gets past that by no call that names no key, or many', () => {
    for (const action of [...ACTIONS, ...BEYOND]) expect(may(statements, action, []), action).toBe(false)
    for (const action of BEYOND) expect(may(statements, action, [PARTITIONS.object]), action).toBe(false)
  })

  test('reaches no index', () => {
    expect(allowed(statements).flatMap(({ resources }) => resources.filter((one) => one.includes('/index/')))).toEqual(
      [],
    )
  })
})

test('a row of another kind beside those that are meant is refused', () => {
  const link = statementsOf(template, 'Linking')
  expect(may(link, 'PutItem', [PARTITIONS.link, PARTITIONS.links])).toBe(true)
  expect(may(link, 'PutItem', [PARTITIONS.link, PARTITIONS.source])).toBe(false)
})
