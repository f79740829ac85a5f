/** The account of a load knows a loss, a picture that is there twice, and an object that nobody names, when it sees one. */
import { expect, test } from 'vitest'
import { indexOf } from '../../../shared/flow/source.ts'
import { nodePrimitives } from '../../../shared/platform/crypto.ts'
import type { ObjectRow } from '../../../shared/platform/ports.ts'
import { accountOf } from './account.ts'
import type { Upload } from './intake.ts'

const indexKey = new Uint8Array(32)
const uploads: readonly Upload[] = [0, 1].map((number) => ({ key: `load/${number}`, versionId: `v${number}`, number }))

function rowOf({ key, versionId, number }: Upload, id = `object${number}`): ObjectRow {
  const sealed = { versionId: 'only', size: 9, plaintextLength: 1, headDigest: '', envelopeGeneration: 0 }
  const index = indexOf(nodePrimitives, indexKey, { bucket: 'intake', key, version: versionId })
  const renditions = [{ ...sealed, id: `of-${id}`, kind: 'preview' as const }]
  return { ...sealed, ...index, id, tier: 0, created: 0, committed: 0, sequencer: '0', renditions }
}

async function account(rows: readonly ObjectRow[], vault: readonly string[]) {
  const kept = {
    objects: {
      async *versions() {
        for (const key of vault) yield { bucket: 'vault' as const, key, versionId: 'only', size: 9, modified: 0 }
      },
    },
    catalogue: {
      async *every() {
        yield* rows
      },
    },
  }
  const { lost, twice, unnamed } = await accountOf(kept, indexKey, uploads)
  return { lost, twice, unnamed }
}

const ROWS = uploads.map((upload) => rowOf(upload))
const VAULT = ['o/object0', 'r/of-object0', 'o/object1', 'r/of-object1', 'e/object1/1']
const WELL = { lost: 0, twice: 0, unnamed: 0 }

test('all committed once is well', async () => {
  expect(await account(ROWS, VAULT)).toEqual(WELL)
})

test('an upload without a row is lost, and so is one whose rendition is gone', async () => {
  expect(await account(ROWS.slice(1), VAULT)).toEqual({ ...WELL, lost: 1, unnamed: 2 })
  expect(await account(ROWS, VAULT.toSpliced(3, 1))).toEqual({ ...WELL, lost: 1 })
})

test('an upload with two rows is there twice', async () => {
  const [first] = uploads
  const again = first ? [rowOf(first, 'again')] : []
  expect(await account([...ROWS, ...again], [...VAULT, 'o/again', 'r/of-again'])).toEqual({ ...WELL, twice: 1 })
})

test('what no row names is counted', async () => {
  expect(await account(ROWS, [...VAULT, 'o/nobody'])).toEqual({ ...WELL, unnamed: 1 })
})
