/** A source as vectors name it: the four texts that a reader finds, the key as the uploader gave it. */
import type { Source } from '../../shared/vault/metadata.ts'

export function sourceTexts(source: Source | undefined): readonly string[] | undefined {
  return source && [source.bucket, source.key, source.version, source.sequencer]
}
