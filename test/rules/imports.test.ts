// The room import rules hold in the tree, and the judge that says so knows a breach when it sees one.
import { describe, expect, test } from 'vitest'
import { importsOf } from './modules.ts'
import { breachesOf } from './rooms.ts'
import { isCode, textOf, treeFiles } from './tree.ts'

test('every import in the tree keeps to the rooms', () => {
  const files = treeFiles().filter(isCode)
  expect(files.filter((file) => file.startsWith('shared/'))).not.toHaveLength(0)
  expect(files.flatMap((file) => breachesOf(file, textOf(file) ?? ''))).toEqual([])
})

describe('the judge', () => {
  const allowed: readonly (readonly [file: string, code: string])[] = [
    ['shared/image/type.ts', "import sharp from 'sharp'"],
    ['shared/image/type.ts', "import { open } from 'node:fs/promises'"],
    ['shared/keys/wrap.ts', "import type { Kem } from '../platform/ports.ts'"],
    ['shared/vault/header.ts', "import { encode } from 'cborg'; import { permute } from '../chaos/permute.ts'"],
    ['shared/vault/header.ts', "import { lp } from './bytes.ts'; export * from './size.ts'"],
    ['shared/vault/header.ts', 'interface A { process: string }; const b = (a: A) => a.process'],
    ['shared/sensitivity/face.ts', "import { tensor } from '../image/tensor.ts'"],
    ['shared/policy/tiers.ts', "import type { Assessment } from '../sensitivity/assessment.ts'"],
    ['shared/links/token.ts', "import { tiers } from '../policy/tiers.ts'"],
    ['shared/flow/seal.ts', "import { a } from '../vault/a.ts'; import { b } from '../watch/b.ts'"],
    ['shared/platform/aws/objects.ts', "import { S3Client } from '@aws-sdk/client-s3'"],
    ['shared/platform/local/keys.ts', "import { expand } from '../../keys/expand.ts'; import '../crypto.ts'"],
    ['functions/seal/handler.ts', "import { seal } from '../../shared/flow/seal.ts'; import { env } from '../env.ts'"],
    ['functions/seal/handler.ts', "import type { Row } from '../../shared/links/row.ts'"],
    ['functions/seal/entry.ts', "import { objects } from '../../shared/platform/aws/objects.ts'"],
    ['functions/seal/entry.ts', "import { loadModels } from '../../shared/sensitivity/models.ts'; import '../env.ts'"],
    ['functions/platform.ts', "import { openS3Objects } from '../shared/platform/aws/objects.ts'"],
    ['functions/log.ts', "import { reasonOf } from '../shared/flow/reasons.ts'"],
    ['cli/seal.ts', "import { seal } from '../shared/flow/seal.ts'; import '../functions/seal/handler.ts'"],
    ['cli/seal.ts', "import { local } from '../shared/platform/local/local.ts'; import '../shared/vault/open.ts'"],
    ['cli/console/page/app.ts', "import type { Item } from '../api.ts'"],
    ['cli/console/page/app.ts', "import type { Tier } from '../../../shared/platform/ports.ts'"],
    ['test/vault/open.test.ts', "import '../support/fixtures.ts'; import '@aws-sdk/client-s3'"],
  ]
  test.each(allowed)('lets %s say %s', (file, code) => {
    expect(breachesOf(file, code)).toEqual([])
  })

  const refused: readonly (readonly [file: string, code: string])[] = [
    ['shared/image/type.ts', "import { x } from '../vault/x.ts'"],
    ['shared/sensitivity/face.ts', "import { x } from '../policy/x.ts'"],
    ['shared/policy/tiers.ts', "import type { X } from '../image/x.ts'"],
    ['shared/chaos/map.ts', "import { x } from '../keys/x.ts'"],
    ['shared/chaos/map.ts', "import { createHash } from 'node:crypto'"],
    ['shared/chaos/map.ts', "import { createHash } from 'crypto'"],
    ['shared/chaos/map.ts', "import type { KeyObject } from 'node:crypto'"],
    ['shared/keys/wrap.ts', "import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'"],
    ['shared/keys/wrap.ts', "import { encode } from 'cborg'"],
    ['shared/vault/open.ts', "import * as z from 'zod'"],
    ['shared/vault/open.ts', "import { x } from '../links/x.ts'"],
    ['shared/vault/open.ts', "const x = await import('node:fs')"],
    ['shared/vault/open.ts', 'const x = Buffer.from("x")'],
    ['shared/vault/open.ts', 'const { env } = process'],
    ['shared/vault/open.ts', "import { x } from '../platform/crypto.ts'"],
    ['shared/links/token.ts', "import { x } from '../watch/x.ts'"],
    ['shared/watch/score.ts', "import { x } from '../links/x.ts'"],
    ['shared/flow/seal.ts', "import { x } from '../platform/local/x.ts'"],
    ['shared/flow/seal.ts', "import { x } from '../../functions/seal/x.ts'"],
    ['shared/flow/seal.ts', "import { x } from '../../cli/x.ts'"],
    ['shared/flow/seal.ts', "import { x } from '../../test/support/x.ts'"],
    ['shared/flow/seal.ts', 'const x = await import(name)'],
    ['shared/flow/seal.ts', "import { S3Client } from '@aws-sdk/client-s3'"],
    ['shared/extras/x.ts', "import { x } from '../vault/x.ts'"],
    ['shared/platform/ports.ts', "import type { X } from '../vault/x.ts'"],
    ['shared/platform/local/objects.ts', "import { x } from '../aws/x.ts'"],
    ['shared/platform/local/objects.ts', "import { S3Client } from '@aws-sdk/client-s3'"],
    ['shared/platform/local/host.ts', "import { x } from '../../flow/x.ts'"],
    ['functions/seal/handler.ts', "import { x } from '../../shared/vault/x.ts'"],
    ['functions/seal/handler.ts', "import { x } from '../open/x.ts'"],
    ['functions/seal/handler.ts', "import { x } from '../../shared/platform/aws/x.ts'"],
    ['functions/seal/handler.ts', "import { x } from '../../cli/x.ts'"],
    ['functions/seal/entry.ts', "import { x } from '../../cli/x.ts'"],
    ['functions/log.ts', "import { x } from '../shared/vault/x.ts'"],
    ['functions/seal/handler.ts', "import { x } from '../../test/support/x.ts'"],
    ['cli/seal.ts', "import { x } from '../test/support/x.ts'"],
    ['cli/seal.ts', "import { S3Client } from '@aws-sdk/client-s3'"],
    ['cli/console/page/app.ts', "import { x } from '../server.ts'"],
    ['cli/console/page/app.ts', "import { x } from '../../../shared/platform/ports.ts'"],
    ['cli/console/page/app.ts', "import { x } from 'node:fs'"],
    ['infra/stack.ts', "import { x } from '../test/x.ts'"],
    ['scripts/run.mjs', "import { x } from 'zod'"],
  ]
  test.each(refused)('refuses %s that says %s', (file, code) => {
    expect(breachesOf(file, code)).toHaveLength(1)
  })
})

test('imports are found in every form, and nowhere else', () => {
  const code = [
    "import a, { type B } from './1.ts'",
    "import type { C } from './2.ts'",
    "export { d } from './3.ts'; export type { E } from './4.ts'",
    "export * as f from './5.ts'; export type * from './6.ts'",
    "import './7.ts'",
    'const g = await import(`./8.ts`), h = import(g)',
    "type I = import('./9.ts').I",
    "const j = require('./10.ts')",
    'import {\n  k,\n} from "./11.ts"',
    `const text = "import x from './no.ts'"; const pattern = /import 'no'/ // import './no.ts'`,
    "/* export * from './no.ts' */ const l = `import './no.ts'`; export const m = { import: 1 }.import",
    "export { a }; import.meta.resolve('./no.ts')",
  ].join('\n')
  expect(importsOf(code, 'sample.ts').map(({ specifier, typeOnly }) => [specifier, typeOnly])).toEqual([
    ['./1.ts', false],
    ['./2.ts', true],
    ['./3.ts', false],
    ['./4.ts', true],
    ['./5.ts', false],
    ['./6.ts', true],
    ['./7.ts', false],
    ['./8.ts', false],
    [undefined, false],
    ['./9.ts', true],
    ['./10.ts', false],
    ['./11.ts', false],
  ])
})
