/** `safelight verify`: opens sealed files, or what the vault holds, to the last byte and keeps nothing of it. */
import { stat } from 'node:fs/promises'
import { openStored } from '../../shared/flow/stored.ts'
import { AuthenticationFailed, type ObjectRow, Unavailable } from '../../shared/platform/ports.ts'
import { openObject } from '../../shared/vault/open.ts'
import { type Context, defineCommand, usage } from '../args.ts'
import { type Deployment, openDeployment } from '../deployment.ts'
import { EXIT } from '../errors.ts'
import { STDIO } from '../files.ts'
import { homeFolder } from '../home.ts'
import { looksLikeId } from '../ids.ts'
import { lackOfStored, orFileKeyNotHere } from '../lacks.ts'
import { warnIfLost } from '../lost.ts'
import { formatBytes } from '../output.ts'
import { openSealed, orNotSealed } from '../sealed.ts'
import { listed, MissingObject, orMissing, rowOf } from '../stored.ts'
import { readWhole } from '../whole.ts'

export const command = defineCommand({
  name: 'verify',
  summary: 'check every byte of a sealed file, or of the vault',
  usage: ['FILE|ID', '--all'],
  description: `Opens what is sealed with the deployment's keys, checks every chunk and the digest of the whole, and writes nothing.
FILE is a sealed file, or - for stdin; ID an object of the vault, with its previews; --all everything that the catalogue
lists, which reads all of the vault. Exit code 3 when anything is not as it was sealed, or is not there; 1 when
the catalogue lists nothing, while the vault holds sealed objects.
JSON: {ok, bytes} for a FILE; else one line each object and preview: {id, object, rendition, ok, bytes, reason?, hint?}`,
  options: {
    all: { type: 'boolean', short: 'a', help: 'every object and preview of the vault' },
  },
  operands: [0, 1],
  examples: [
    ['verify photo.slv', 'one file'],
    ['verify - < photo.slv && echo sound', 'in a script'],
    ['verify --all --json | jq "select(.ok | not)"', 'what of the vault is lost, once a month'],
  ],
  async run({ all = false }, [what], { env, out }) {
    if (all && what !== undefined) throw usage('verify', 'either --all or one FILE or ID')
    if (all) {
      await using deployment = await openDeployment(homeFolder(env), { create: false })
      const exitCode = await verifyRows(deployment, deployment.catalogue.every(), out)
      return exitCode === EXIT.ok && (await warnIfLost(deployment, out)) ? EXIT.failed : exitCode
    }
    if (what === undefined) throw usage('verify', 'FILE or ID is missing, or --all')
    const isFile = what === STDIO || (await stat(what).catch(() => undefined)) !== undefined
    if (isFile || !looksLikeId(what)) return verifyFile(what, { env, out })
    await using deployment = await openDeployment(homeFolder(env), { create: false })
    return verifyRows(deployment, [await rowOf(deployment, what)], out)
  },
})

async function verifyFile(path: string, { env, out }: Context): Promise<undefined> {
  await using file = await openSealed(path)
  await using deployment = await openDeployment(homeFolder(env), { create: false })
  const { primitives, keyring } = deployment
  const open = () => openObject(primitives, keyring, file.source)
  const opened = await orFileKeyNotHere(deployment, file.source, () => orNotSealed(file.source, open))
  const bar = out.progress('verifying', opened.facts.plaintextLength, 'bytes')
  const bytes = await readWhole(primitives, opened, bar.update).finally(bar.end)
  out.result({ ok: true, bytes }, `sound: every one of ${bytes} bytes (${formatBytes(bytes)}) is as it was sealed`)
}

async function verifyRows(
  deployment: Deployment,
  rows: AsyncIterable<ObjectRow> | Iterable<ObjectRow>,
  out: Context['out'],
): Promise<number> {
  const counts = { sound: 0, failed: 0, bytes: 0 }
  const bar = out.progress('verifying', undefined, 'bytes')
  try {
    for await (const row of rows) {
      for (const one of listed(row)) {
        const about = { id: one.ref.id, object: row.id, rendition: one.rendition }
        try {
          const bytes = await orMissing(deployment, one, async () => {
            const opened = await openStored(deployment, one.key, one.ref, one.ref.envelopeGeneration)
            return readWhole(deployment.primitives, opened, (read) => bar.update(counts.bytes + read))
          })
          counts.sound++
          counts.bytes += bytes
          if (out.json) out.result({ ...about, ok: true, bytes })
        } catch (error) {
          const reason = reasonOf(error)
          if (reason === undefined) throw error
          counts.failed++
          bar.end()
          const hint = reason === 'authentication-failed' ? await lackOfStored(deployment, one) : undefined
          const message = `${row.id} ${one.rendition}: ${WORDS[reason]}`
          if (out.json) out.result({ ...about, ok: false, bytes: 0, reason, ...(hint !== undefined && { hint }) })
          else out.fail({ exitCode: EXIT.authentication, message, hint })
        }
      }
    }
  } finally {
    bar.end()
  }
  out.text(`${counts.sound} sound (${formatBytes(counts.bytes)}), ${counts.failed} not`)
  if (counts.failed === 0) return EXIT.ok
  if (!out.json) out.note('safelight doctor says whether keys or files are what is missing')
  return EXIT.authentication
}

const WORDS = {
  'authentication-failed': 'authentication failed',
  missing: 'the vault does not hold it any more',
  unavailable: 'could not be read',
} as const

/** Undefined for what is no answer about one object. */
function reasonOf(error: unknown): keyof typeof WORDS | undefined {
  if (error instanceof AuthenticationFailed) return 'authentication-failed'
  if (error instanceof MissingObject) return 'missing'
  return error instanceof Unavailable ? 'unavailable' : undefined
}
