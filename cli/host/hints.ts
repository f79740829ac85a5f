/** What a person can do about a reason that an upload failed for. */
const HINTS: Readonly<Record<string, string>> = {
  'verification-failed:does-not-open':
    'the sealed object does not open with the keys held here; `safelight doctor` says whether a wrong public key is pinned. The upload is still in intake: mend the keys, then retry',
  'verification-failed:differs-from-upload':
    'the sealed object is not what was uploaded; the upload is still in intake: check the disk, then retry',
  'verification-failed:version-reused':
    'another upload of this name had the same version, `null`, and was sealed; this one is still in intake: upload it under another name',
  'verification-failed:rendition-wrong': 'a preview was missing or wrong; the upload is still in intake: retry',
  'verification-failed:no-source': 'a sealed object that no upload led to lies in the vault; it was left alone',
  'verification-failed:created-in-the-future':
    'the sealed object says it was made more than a day from now; check the clock of this machine, then retry',
  'sealer-died':
    'the sealing process ended while it worked on this file; after two such ends a file is sealed unseen, at the strictest tier. Retry',
  'too-much-memory': 'looking at this file took too much memory; a retry seals it unseen, at the strictest tier',
  timeout: 'sealing took too long; after two such ends a file is sealed unseen, at the strictest tier. Retry',
  unavailable: 'keys or storage did not answer; `safelight doctor` says what is wrong. Then retry',
  'source-changed': 'the upload changed while it was being sealed; retry',
}

export function hintOf(reason: string): string {
  return HINTS[reason] ?? 'retry; if it fails again, run `safelight doctor`'
}
