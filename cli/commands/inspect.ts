/** `safelight inspect`: what anybody can read of a sealed file, and nothing that needs a key. */
import { stat } from 'node:fs/promises'
import { VAULT_KEYS } from '../../shared/flow/source.ts'
import { storedSource } from '../../shared/flow/stored.ts'
import { hex } from '../../shared/keys/encoding.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { TIERS } from '../../shared/policy/types.ts'
import { levelOf } from '../../shared/vault/facts.ts'
import { chunkCount } from '../../shared/vault/layout.ts'
import { readHead } from '../../shared/vault/open.ts'
import { type Context, defineCommand } from '../args.ts'
import { openDeployment } from '../deployment.ts'
import { CommandFailed } from '../errors.ts'
import { STDIO } from '../files.ts'
import { homeFolder } from '../home.ts'
import { looksLikeId } from '../ids.ts'
import { formatBytes, table } from '../output.ts'
import { isSealed, openSealed, type SealedFile } from '../sealed.ts'
import { MissingObject, rowOf } from '../stored.ts'

export const command = defineCommand({
  name: 'inspect',
  summary: 'show what a sealed file says without keys',
  usage: ['FILE|ID'],
  description: `Prints the facts of a sealed file, or of an object of the vault, and whom it is sealed to. Uses no key, so nothing of
it is proven: \`safelight verify\` does that. FILE may be - for stdin. Of an object it shows the envelope it was sealed
with, not the newer one that safelight rewrap may have put beside it.
JSON: {format, suite, id, tier, size, created, recipients: [{kind, keyId, kmsKeyId}], headerBytes, chunks, sealedSize}`,
  options: {},
  operands: [1, 1],
  examples: [
    ['inspect photo.slv', 'a file'],
    ['inspect - < photo.slv', 'from stdin'],
    ['inspect 3f0c9a', 'an object of the vault, by the first digits of its id'],
  ],
  async run(_values, [what = ''], { env, out }) {
    await using file = await sourceOf(what, env)
    const { source } = file
    if (!(await isSealed(source))) throw new CommandFailed(`${what}: not a sealed file`, 'safelight seal makes them')
    const { header } = await readHead(nodePrimitives, source)
    const { facts, envelope, bodyOffset } = header
    const recipients = envelope.records.map(({ kemKeyId, kmsKeyId }) => ({ kind: 'hybrid', keyId: kemKeyId, kmsKeyId }))
    const created = new Date(facts.created * 1_000)
    const shown = {
      ...{ format: 'SLV1', suite: facts.suite, id: hex(facts.objectId), tier: TIERS[facts.tier] },
      ...{ size: facts.plaintextLength, created: Number.isNaN(created.getTime()) ? null : created.toISOString() },
      ...{ recipients, headerBytes: bodyOffset, chunks: chunkCount(facts.plaintextLength) },
      sealedSize: source.size,
      ...(facts.rendition && { rendition: { parent: hex(facts.rendition.parent), kind: facts.rendition.kind } }),
    }
    const text = table([
      ['format', `SLV1, suite ${facts.suite} (ML-KEM-${levelOf(facts.suite)} and KMS, AES-256-GCM)`],
      ['id', shown.id],
      ['tier', String(shown.tier)],
      ['size', `${formatBytes(shown.size)} (${shown.size} bytes), sealed ${formatBytes(shown.sealedSize)}`],
      ['created', shown.created ?? 'beyond the calendar'],
      ...recipients.map(({ keyId, kmsKeyId }, i) => [i === 0 ? 'sealed to' : '', `${keyId} with ${kmsKeyId}`]),
      ['layout', `header ${shown.headerBytes} bytes, ${shown.chunks} chunks`],
    ])
    out.result(shown, text)
    return undefined
  },
})

/** A file where there is one of this name, an object of the vault otherwise. */
async function sourceOf(what: string, env: Context['env']): Promise<SealedFile> {
  const isFile = what === STDIO || (await stat(what).catch(() => undefined)) !== undefined
  if (isFile || !looksLikeId(what)) return openSealed(what)
  const deployment = await openDeployment(homeFolder(env), { create: false })
  const dispose = () => deployment[Symbol.asyncDispose]()
  try {
    const row = await rowOf(deployment, what)
    const ref = { bucket: 'vault', key: VAULT_KEYS.object(row.id), versionId: row.versionId } as const
    const info = await deployment.objects.head(ref.bucket, ref.key, ref.versionId)
    if (info === undefined) throw new MissingObject()
    return { source: storedSource(deployment.objects, ref, info.size), [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}
