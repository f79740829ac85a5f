/** AWS's errors at the border: what may pass by itself or by an operator's hand is Unavailable; no name, key or ARN is in a message. */
import { Archived, Unavailable } from '../ports.ts'

const THROTTLED = 'AWS throttles it: it is tried again; ask for a higher quota if this goes on'
const DENIED =
  'the permission is missing: a command needs it on your own credentials (docs/OPERATIONS.md); where a function lacks it, deploy the stack again, and look at the policy of the key'
const HIDDEN = `${DENIED}; what isn't there is told only to whoever may list the bucket`
const NO_CREDENTIALS = 'AWS does not accept the credentials: sign in again'
const REFUSED = 'AWS refused it, and will again: look at the command, its region and its credentials'
const NO_ANSWER = 'AWS did not answer: it is tried again'
const GONE = "it isn't there: deploy the stack, then run `safelight keys init`; if it was there, restore it"
const CONFLICT = 'too much is written to the same rows at once: it is tried again'

/** The SDK throws a plain error for it. */
const NO_REGION = 'RegionMissing'

/** By AWS's name for what went wrong. */
const ADVICE: Readonly<Record<string, string>> = {
  ...{ SlowDown: THROTTLED, Throttling: THROTTLED, ThrottlingException: THROTTLED, RequestLimitExceeded: THROTTLED },
  ...{ TooManyRequestsException: THROTTLED, LimitExceededException: THROTTLED },
  ProvisionedThroughputExceededException: THROTTLED,
  ...{ TransactionCanceledException: CONFLICT, TransactionConflictException: CONFLICT },
  ...{ AccessDeniedException: DENIED, AccessDenied: HIDDEN, Forbidden: HIDDEN },
  DecryptionFailure: `its KMS key does not decrypt it; ${DENIED}`,
  EncryptionFailure: `its KMS key does not encrypt it; ${DENIED}`,
  ...{ UnrecognizedClientException: NO_CREDENTIALS, InvalidSignatureException: NO_CREDENTIALS },
  ...{ InvalidAccessKeyId: NO_CREDENTIALS, ExpiredToken: NO_CREDENTIALS, ExpiredTokenException: NO_CREDENTIALS },
  ...{ InvalidClientTokenId: NO_CREDENTIALS, SignatureDoesNotMatch: NO_CREDENTIALS },
  ...{ AuthFailure: NO_CREDENTIALS, IncompleteSignature: NO_CREDENTIALS },
  RequestTimeTooSkewed: "this machine's clock is wrong: set it",
  [NO_REGION]: 'no region is set: set AWS_REGION, or one in the profile',
  CredentialsProviderError: 'no AWS credentials were found: sign in, or set AWS_PROFILE',
  DisabledException: 'the KMS key is disabled: enable it (aws kms enable-key)',
  KMSInvalidStateException:
    'the KMS key is pending deletion or not ready: aws kms cancel-key-deletion, then aws kms enable-key',
  InvalidRequestException: 'the secret is marked for deletion: aws secretsmanager restore-secret brings it back',
  ...{ NotFoundException: GONE, ResourceNotFoundException: GONE },
  ...{ QueueDoesNotExist: GONE, 'AWS.SimpleQueueService.NonExistentQueue': GONE },
  NoSuchBucket: 'a bucket of this deployment is missing, or this is another account or region',
  ValidationException: 'AWS refused the request: what it is about was made by another version, or by somebody else',
}
/** Refusals with a 4xx status that have nothing to do with what was asked. */
const PASSING = new Set([
  ...['SlowDown', 'Throttling', 'ThrottlingException', 'TooManyRequestsException', 'RequestLimitExceeded'],
  ...['ProvisionedThroughputExceededException', 'LimitExceededException', 'RequestTimeout', 'OperationAborted'],
  ...['ConditionalRequestConflict', 'ExpiredToken', 'ExpiredTokenException', 'NoSuchBucket', 'InvalidAccessKeyId'],
  ...['UnrecognizedClientException', 'BadDigest', 'IncompleteBody', 'RequestTimeTooSkewed'],
  ...['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'],
])

/** AWS's name for what went wrong; `HTTP 400` where an answer had no body to say it in. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const status = statusOf(error)
  if (error.message === 'Region is missing') return NO_REGION
  if (/^[A-Za-z][\w.]{1,60}$/.test(error.name) && error.name !== 'Error' && error.name !== 'UnknownError')
    return error.name
  if (status !== undefined) return `HTTP ${status}`
  return 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
}

/** HTTP status of AWS's answer; undefined when there was none. */
export function statusOf(error: unknown): number | undefined {
  const status = metadataOf(error)?.httpStatusCode
  return typeof status === 'number' ? status : undefined
}

/** Whether an earlier try may have done what the last one was refused. */
export function wasRetried(error: unknown): boolean {
  const attempts = metadataOf(error)?.attempts
  return typeof attempts === 'number' && attempts > 1
}

/** Runs one call. @throws Unavailable for what another try or an operator may mend, an Error without names for the rest */
export async function onAws<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw atBorder(what, error)
  }
}

/** What leaves in place of an error of the SDK; what is no error of a call passes as it is. */
export function atBorder(what: string, error: unknown): unknown {
  const status = statusOf(error)
  if (error instanceof Unavailable || (status === undefined && isOurs(error))) return error
  if (codeOf(error) === 'InvalidObjectState') return new Archived()
  return isPassing(status, codeOf(error)) ? unavailable(what, error) : new Error(messageOf(what, error))
}

/** For a service that everything waits for: whatever it refuses is Unavailable. A mistake of ours passes as it is. */
export function unavailableAtBorder(what: string, error: unknown): unknown {
  return isOurs(error) ? error : unavailable(what, error)
}

/** @param what such as `the data key`; never a secret. AWS's own message stays out: it names principals. */
export function unavailable(what: string, error: unknown): Unavailable {
  return error instanceof Unavailable ? error : new Unavailable(messageOf(what, error), { advice: adviceOn(error) })
}

function messageOf(what: string, error: unknown): string {
  return `${what}: ${adviceOn(error)}`
}

/** Fixed words and AWS's own name for it; nothing of what was asked for. */
function adviceOn(error: unknown): string {
  const code = codeOf(error)
  const status = statusOf(error)
  const isRefused = status !== undefined && status >= 400 && status < 500 && ![408, 429].includes(status)
  return `${ADVICE[code] ?? (isRefused && !PASSING.has(code) ? REFUSED : NO_ANSWER)} (${code})`
}

function isOurs(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError
}

function isPassing(status: number | undefined, code: string): boolean {
  if (status === undefined || status >= 500) return true
  // S3 passes refusals of the key that encrypts a bucket on as `KMS.…`.
  return [401, 403, 408, 429].includes(status) || PASSING.has(code) || code.startsWith('KMS.')
}

function metadataOf(error: unknown): { readonly httpStatusCode?: unknown; readonly attempts?: unknown } | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined
  const { $metadata } = error
  return typeof $metadata === 'object' && $metadata !== null ? $metadata : undefined
}
