/** AWS's errors at the border: what may pass by itself or by an operator's hand is Unavailable; no name, key or ARN is in a message. */
import { Unavailable } from '../ports.ts'

const ADVICE: Readonly<Record<string, string>> = {
  AccessDenied:
    'this role may not do it, or may not be told what is missing; look at its policies, and that of the key',
  AccessDeniedException: 'this role may not do it; look at its policies',
  Forbidden: 'this role may not do it, or may not list the bucket and so not be told what is missing',
  NoSuchBucket: 'a bucket of this deployment is missing, or this is another account or region',
  CredentialsProviderError: 'no AWS credentials were found',
  ExpiredToken: 'the AWS credentials have expired',
  InvalidAccessKeyId: 'AWS does not know these credentials',
  TimeoutError: 'AWS did not answer in time',
}
/** Refusals with a 4xx status that have nothing to do with what was asked. */
const PASSING = new Set([
  ...['SlowDown', 'Throttling', 'ThrottlingException', 'TooManyRequestsException', 'RequestLimitExceeded'],
  ...['ProvisionedThroughputExceededException', 'LimitExceededException', 'RequestTimeout', 'OperationAborted'],
  ...['ConditionalRequestConflict', 'ExpiredToken', 'ExpiredTokenException', 'NoSuchBucket', 'InvalidAccessKeyId'],
  ...['UnrecognizedClientException', 'BadDigest', 'IncompleteBody', 'RequestTimeTooSkewed'],
])

/** AWS's name for what went wrong; `HTTP 400` where an answer had no body to say it in. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const status = statusOf(error)
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
  if (error instanceof Unavailable) return error
  if (status === undefined && (error instanceof TypeError || error instanceof RangeError)) return error
  const code = codeOf(error)
  const message = `${what}: ${ADVICE[code] ?? 'AWS refused or did not answer'} (${code})`
  return isPassing(status, code) ? new Unavailable(message) : new Error(message)
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
