/** Refused by section 7: the commitment, and the chunks of a body whose size is right. */
import { sealChunk } from '../../shared/vault/body.ts'
import { honestChunks } from '../support/forge.ts'
import { pattern } from '../support/memory.ts'
import { flipped, type Refused, refused } from './recipe.ts'

export const BODY: readonly Refused[] = [
  refused('commitment-flipped', '7', 'the key commitment, nothing else', {
    commitment: (commitment) => flipped(commitment, 0),
  }),
  refused('metadata-exchanged', '7', "other metadata sealed under the object's DEK, the MAC made anew, the body left", {
    bodyMetaHash: () => pattern(64),
  }),
  refused('chunks-swapped', '7', 'chunks 0 and 1 of a body swapped', {
    plaintext: pattern(40_000),
    chunks(plaintext, keys) {
      const [first, second, ...rest] = honestChunks(plaintext, keys)
      return first && second ? [second, first, ...rest] : []
    },
  }),
  refused('chunk-of-the-next', '7', 'chunk 0 sealed under the nonce of chunk 1', {
    chunks: (plaintext, keys) => [sealChunk(keys, plaintext, 1)],
  }),
  refused('chunk-of-the-first', '7', 'the last chunk, number 1, sealed under the nonce of chunk 0', {
    plaintext: pattern(16_384 + 100),
    chunks: (plaintext, keys) => [
      sealChunk(keys, plaintext.subarray(0, 16_384), 0),
      keys.aead.seal(keys.base, keys.permutation.forward(plaintext.subarray(16_384), 1)),
    ],
  }),
  refused('first-tag-flipped', '7', "the first of two chunks' tag", {
    plaintext: pattern(16_384),
    chunks: (plaintext, keys) =>
      honestChunks(plaintext, keys).map((chunk, k) => (k === 0 ? flipped(chunk, -1) : chunk)),
  }),
  refused('last-tag-flipped', '7', "the last, empty chunk's tag: every byte of the plaintext is authentic", {
    plaintext: pattern(16_384),
    chunks: (plaintext, keys) =>
      honestChunks(plaintext, keys).map((chunk, k) => (k === 1 ? flipped(chunk, -1) : chunk)),
  }),
]
