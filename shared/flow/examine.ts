/**
 * The first pass over a pinned version: hash and measure every byte, look at the picture, decide how strictly it is kept.
 * What can't be looked at is decided as strictly as can be; nothing is ever refused for what it is.
 */
import { decode, undecodable } from '../image/decode.ts'
import { SNIFF_BYTES, sniff } from '../image/sniff.ts'
import { type Decoded, LIMITS, type Limits, type MediaType } from '../image/types.ts'
import { concat } from '../keys/encoding.ts'
import type { Chunks, Primitives, Step } from '../platform/ports.ts'
import { type Decision, decide } from '../policy/decide.ts'
import type { Policy } from '../policy/policy.ts'
import type { ThreatLevel } from '../policy/types.ts'
import { assess } from '../sensitivity/assess.ts'
import type { Models } from '../sensitivity/models.ts'
import type { Assessment } from '../sensitivity/types.ts'

export interface ExaminePorts {
  readonly primitives: Primitives
  readonly models: Models
  readonly policy: Policy
  /** Asked for every picture. */
  readonly threat: () => ThreatLevel | Promise<ThreatLevel>
  readonly limits?: Limits
}

export interface Examination {
  readonly sha256: Uint8Array
  readonly length: number
  readonly mediaType: MediaType
  /** Absent when it couldn't be decoded. */
  readonly picture?: Decoded
  /** The file, when it was decoded: renditions are made from it. */
  readonly bytes?: Uint8Array
  readonly assessment: Assessment
  readonly decision: Decision
}

interface FirstPass {
  readonly sha256: Uint8Array
  readonly length: number
  readonly head: Uint8Array
  /** Absent when there were more than `keep`. */
  readonly bytes?: Uint8Array
}

/** @param keep how many bytes there will be, where they are to be kept: one copy of them and no more is made */
async function readOnce(primitives: Primitives, stream: Chunks, keep: number): Promise<FirstPass> {
  const hash = primitives.sha256Stream()
  const bytes = new Uint8Array(keep)
  let head = new Uint8Array(0)
  let length = 0
  for await (const part of stream) {
    hash.update(part)
    if (length + part.length <= keep) bytes.set(part, length)
    length += part.length
    if (head.length < SNIFF_BYTES) head = Uint8Array.from(concat(head, part.subarray(0, SNIFF_BYTES - head.length)))
  }
  const sha256 = hash.digest()
  return length <= keep ? { sha256, length, head, bytes: bytes.subarray(0, length) } : { sha256, length, head }
}

/**
 * @param size the source's size in bytes, so that what is too large to decode isn't kept in memory
 * @param look false when looking at this file brought a process down before: it is then sealed unseen, at the strictest tier
 * @param onStep told when each step begins
 */
export async function examine(
  ports: ExaminePorts,
  stream: Chunks,
  size: number,
  look = true,
  onStep: (step: Step) => void = () => {},
): Promise<Examination> {
  const limits = ports.limits ?? LIMITS
  onStep('inspect')
  const pass = await readOnce(ports.primitives, stream, look && size <= limits.maxBytes ? size : 0)
  const mediaType = sniff(pass.head)
  onStep('preprocess')
  const input = pass.bytes ? await decode(pass.bytes, limits) : undecodable(mediaType, 'too-large')
  onStep('assess')
  const assessment = await assess(input, ports.models)
  onStep('decide')
  const decision = decide(assessment, ports.policy, await ports.threat())
  const { sha256, length, bytes } = pass
  return {
    sha256,
    length,
    mediaType,
    assessment,
    decision,
    ...(input.ok && bytes && { picture: input, bytes }),
  }
}
