/** Sequencers for versions whose event is lost: S3 tells them in events alone. */

/**
 * S3's look like `0062E99A88DC407460`: a zero byte, seconds since 1970, and a fraction of the second. S3 promises only
 * that they can be compared; should the form change, then which version of a name counts as the latest may be wrong for
 * what a sweep found, and nothing else.
 * @param modified milliseconds since 1970
 */
export function sequencerAt(modified: number): string {
  const seconds = Math.floor(modified / 1000)
  const fraction = Math.floor(((modified % 1000) / 1000) * 2 ** 32)
  const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0')
  return `00${hex(seconds, 8)}${hex(fraction, 8)}`
}
