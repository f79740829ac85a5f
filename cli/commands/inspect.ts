/** `safelight inspect`: what anybody can read of a sealed file, and nothing that needs a key. */
import { hex } from '../../shared/keys/encoding.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { TIERS } from '../../shared/policy/types.ts'
import { levelOf } from '../../shared/vault/facts.ts'
import { chunkCount } from '../../shared/vault/layout.ts'
import { readHead } from '../../shared/vault/open.ts'
import { defineCommand } from '../args.ts'
import { formatBytes, table } from '../output.ts'
import { openSealed } from '../sealed.ts'

export const command = defineCommand({
  name: 'inspect',
  summary: 'show what a sealed file says without keys',
  usage: ['IN'],
  description: `Prints the facts of a sealed file and whom it is sealed to. Needs no key, so nothing of it is proven:
"safelight verify" does that. IN may be - for stdin.
JSON: {format, suite, id, tier, size, created, recipients: [{kind, keyId, kmsKeyId}], headerBytes, chunks, sealedSize}`,
  options: {},
  operands: [1, 1],
  examples: [
    ['inspect photo.slv', 'a file'],
    ['inspect - < photo.slv', 'from stdin'],
  ],
  async run(_values, [path = ''], { out }) {
    await using file = await openSealed(path)
    const { header } = await readHead(nodePrimitives, file.source)
    const { facts, envelope, bodyOffset } = header
    const recipients = envelope.records.map(({ kemKeyId, kmsKeyId }) => ({ kind: 'hybrid', keyId: kemKeyId, kmsKeyId }))
    const created = new Date(facts.created * 1_000)
    const shown = {
      ...{ format: 'SLV1', suite: facts.suite, id: hex(facts.objectId), tier: TIERS[facts.tier] },
      ...{ size: facts.plaintextLength, created: Number.isNaN(created.getTime()) ? null : created.toISOString() },
      ...{ recipients, headerBytes: bodyOffset, chunks: chunkCount(facts.plaintextLength) },
      sealedSize: file.source.size,
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
