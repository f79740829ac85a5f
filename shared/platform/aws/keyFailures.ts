/** What a refusal of KMS, Secrets Manager or DynamoDB means for whoever waits for a key, and what mends it. */
import { Unavailable } from '../ports.ts'

const THROTTLED = 'AWS throttles it: it is tried again; ask for a higher quota if this goes on'
const DENIED = 'the permission is missing: deploy the stack again, and look at the key policy'
const NO_CREDENTIALS = 'AWS does not accept the credentials: sign in again'
const NO_ANSWER = 'AWS did not answer: it is tried again'
const GONE = "it isn't there: deploy the stack, then run `safelight keys init`; if it was there, restore it"

const ADVICE: Readonly<Record<string, string>> = {
  ThrottlingException: THROTTLED,
  TooManyRequestsException: THROTTLED,
  LimitExceededException: THROTTLED,
  ProvisionedThroughputExceededException: THROTTLED,
  RequestLimitExceeded: THROTTLED,
  AccessDeniedException: DENIED,
  DecryptionFailure: `its KMS key does not decrypt it; ${DENIED}`,
  EncryptionFailure: `its KMS key does not encrypt it; ${DENIED}`,
  UnrecognizedClientException: NO_CREDENTIALS,
  InvalidSignatureException: NO_CREDENTIALS,
  ExpiredTokenException: NO_CREDENTIALS,
  CredentialsProviderError: NO_CREDENTIALS,
  DisabledException: 'the KMS key is disabled: enable it (aws kms enable-key)',
  KMSInvalidStateException:
    'the KMS key is pending deletion or not ready: aws kms cancel-key-deletion, then aws kms enable-key',
  KeyUnavailableException: NO_ANSWER,
  DependencyTimeoutException: NO_ANSWER,
  KMSInternalException: NO_ANSWER,
  InternalServiceError: NO_ANSWER,
  InternalServerError: NO_ANSWER,
  TimeoutError: NO_ANSWER,
  NotFoundException: GONE,
  ResourceNotFoundException: GONE,
  InvalidRequestException: 'the secret is marked for deletion: aws secretsmanager restore-secret brings it back',
}

export function failureName(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown'
}

/** @param what such as `the data key`; never a secret. AWS's own message stays out: it names principals. */
export function unavailable(what: string, error: unknown): Unavailable {
  if (error instanceof Unavailable) return error
  const name = failureName(error)
  return new Unavailable(`${what}: ${ADVICE[name] ?? NO_ANSWER} (${codeOf(error) ?? name})`)
}

/** Of a socket: `ECONNREFUSED` says more than `Error`. */
function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
