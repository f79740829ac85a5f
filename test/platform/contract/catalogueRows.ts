/** Rows as the contract tests of the catalogue write them: every id spelled from a number. */
import type { AccessEvent, LinkRow, ObjectRow } from '../../../shared/platform/ports.ts'

const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0')
export const idOf = (n: number) => hex(n, 32)
/** Ids that begin with different digits, as random ones do. */
export const spreadId = (n: number) => hex(n, 2).split('').reverse().join('').padEnd(32, '0')
export const digestOf = (n: number) => hex(n, 64)

export function objectRow(n: number, changes: Partial<ObjectRow> = {}): ObjectRow {
  return {
    id: idOf(n),
    versionId: `version-${n}`,
    size: 123_456 + n,
    headDigest: digestOf(1000 + n),
    tier: n % 4,
    plaintextLength: 2 ** 53 - 1,
    created: 1_800_000_000_000 + n,
    committed: 1_800_000_001_000 + n,
    source: digestOf(2000 + n),
    name: digestOf(3000 + n),
    sequencer: hex(n, 16).toUpperCase(),
    envelopeGeneration: 0,
    renditions: [
      {
        kind: 'preview',
        id: idOf(10_000 + n),
        versionId: 'p',
        size: 9,
        plaintextLength: 1,
        headDigest: digestOf(4000 + n),
        envelopeGeneration: 0,
      },
      {
        kind: 'display',
        id: idOf(20_000 + n),
        versionId: 'd',
        size: 8,
        plaintextLength: 2,
        headDigest: digestOf(5000 + n),
        envelopeGeneration: 2,
      },
    ],
    ...changes,
  }
}

export function linkRow(n: number, changes: Partial<LinkRow> = {}): LinkRow {
  return {
    linkId: idOf(n),
    objectId: idOf(1),
    rendition: 'original',
    kid: 0,
    created: 1000,
    notBefore: 1000,
    expires: 2000,
    uses: 3,
    usesLeft: 3,
    revoked: false,
    principal: 'console',
    ...changes,
  }
}

export function accessEvent(n: number, changes: Partial<AccessEvent> = {}): AccessEvent {
  return {
    id: `event-${n}`,
    time: new Date(1_800_000_000_000 + n).toISOString(),
    principal: 'link',
    action: 'read',
    object: idOf(1),
    status: 200,
    bytes: n,
    ip: '203.0.113.7',
    ...changes,
  }
}
