/** What a refusal of DynamoDB means for whoever waits for the catalogue, and what mends it. */
import { Unavailable } from '../ports.ts'

const NO_ANSWER = 'DynamoDB did not answer; try again'
const THROTTLED = 'DynamoDB throttles it; try again, and ask for a higher quota if this goes on'
const CONFLICT = 'too much is written to the same rows at once; try again'
const NO_CREDENTIALS = 'AWS does not accept the credentials; sign in again'

const ADVICE: Readonly<Record<string, string>> = {
  ResourceNotFoundException: 'its table is missing, or this is another account or region; deploy the stack again',
  AccessDeniedException: 'this role may not do it; look at its policies, and at the key that encrypts the table',
  UnrecognizedClientException: NO_CREDENTIALS,
  InvalidSignatureException: NO_CREDENTIALS,
  ExpiredTokenException: NO_CREDENTIALS,
  CredentialsProviderError: 'no AWS credentials were found',
  TransactionCanceledException: CONFLICT,
  TransactionConflictException: CONFLICT,
  ThrottlingException: THROTTLED,
  ProvisionedThroughputExceededException: THROTTLED,
  RequestLimitExceeded: THROTTLED,
  ValidationException: 'DynamoDB refused the request; the table is not a catalogue, or was made by another version',
}

/** A mistake of ours passes as it is. AWS's own message stays out: it names accounts and roles. */
export function catalogueError(error: unknown): unknown {
  if (error instanceof Unavailable || error instanceof TypeError || error instanceof RangeError) return error
  const name = error instanceof Error ? error.name : 'unknown'
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : name
  return new Unavailable(`the catalogue: ${ADVICE[name] ?? NO_ANSWER} (${code})`)
}
