// VERIFY compares before it erases: where the upload differs from what was sealed, or a preview is wrong, nothing is erased.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWorks } from '../../cli/host/works.ts'
import { seal } from '../../shared/flow/seal.ts'
import { VerificationFailed, verify } from '../../shared/flow/verify.ts'
import { loadModels } from '../../shared/sensitivity/models.ts'
import { streamOf } from '../support/memory.ts'
import { filesBelow } from '../support/search.ts'
import { PROJECT } from '../support/server.ts'
import { check, finish } from './report.ts'

const root = mkdtempSync(join(tmpdir(), 'safelight-compare-'))
const works = await startWorks(join(root, 'home'), () => {})
const { deployment } = works
const models = await loadModels(join(PROJECT, 'models'))
const picture = readFileSync(join(PROJECT, 'samples', 'landscape.jpg'))

/** Uploads without telling the queues, so that each step is ours to take. */
async function sealed(key: string) {
  const info = await deployment.objects.put('intake', key, streamOf(picture))
  if (!info) throw new Error('the upload was not stored')
  const outcome = await seal({ ...deployment, models }, { ref: info, sequencer: '01', deaths: 0 })
  if (outcome.outcome !== 'sealed') throw new Error('the upload was not sealed')
  return { info, stored: outcome.stored, objectId: outcome.objectId }
}
async function verdict(key: string): Promise<string> {
  try {
    return (await verify(deployment, key)).outcome
  } catch (error) {
    return error instanceof VerificationFailed ? error.reason : String(error)
  }
}
const fileOf = (id: string) => filesBelow(join(root, 'home', 'objects')).find((file) => file.includes(id)) ?? ''
async function kept(upload: { bucket: 'intake' | 'vault'; key: string; versionId: string }): Promise<boolean> {
  return (await deployment.objects.head(upload.bucket, upload.key, upload.versionId)) !== undefined
}

const differs = await sealed('differs')
const file = fileOf('differs')
const bytes = readFileSync(file)
bytes[bytes.length - 100] = (bytes.at(-100) ?? 0) ^ 1
writeFileSync(file, bytes)
check('an upload that differs by one bit fails', (await verdict(differs.stored.key)) === 'differs-from-upload')
check('and stays in intake', await kept(differs.info))
check('and is not committed', (await deployment.catalogue.object(differs.objectId)) === undefined)

const preview = await sealed('preview')
const folder = join(root, 'home', 'objects', 'vault', 'objects')
const renditions = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.includes('r_2f') && /\/[0-9a-f]{32}$/.test(name),
)
for (const name of renditions) {
  const data = readFileSync(join(folder, name))
  data[data.length - 1] = (data.at(-1) ?? 0) ^ 1
  writeFileSync(join(folder, name), data)
}
check(
  'an upload whose previews were damaged fails',
  (await verdict(preview.stored.key)) === 'rendition-wrong',
  `${renditions.length} previews`,
)
check('and stays in intake', await kept(preview.info))

const honest = await sealed('honest')
check('an honest one is committed', (await verdict(honest.stored.key)) === 'committed')
check(
  'and only then erased from intake',
  !(await kept(honest.info)) && (await deployment.catalogue.object(honest.objectId)) !== undefined,
)
await works[Symbol.asyncDispose]()
rmSync(root, { recursive: true, force: true })
finish()
