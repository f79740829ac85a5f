/** Which of two versions of a name is the newer, as every catalogue decides it. */

/**
 * A spelling of an S3 sequencer that compares as text. S3 says: pad the shorter of two with zeros on the right, then
 * compare. Dropping the zeros on the right of each compares the same.
 * @throws RangeError for what isn't 1-64 hex digits
 */
export function sequencerRank(sequencer: string): string {
  if (!/^[0-9a-fA-F]{1,64}$/.test(sequencer)) throw new RangeError('a sequencer is 1-64 hex digits')
  return sequencer.toLowerCase().replace(/0+$/, '')
}
