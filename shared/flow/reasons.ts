/** Errors as short codes for logs, events and failed lists. No code carries a name or a path. */
import { AuthenticationFailed, Locked, ObjectMissing, Unavailable } from '../platform/ports.ts'
import { SourceChanged } from '../vault/seal.ts'
import { VerificationFailed } from './verify.ts'

export function reasonOf(error: unknown): string {
  if (error instanceof VerificationFailed) return `verification-failed:${error.reason}`
  if (error instanceof AuthenticationFailed) return 'authentication-failed'
  if (error instanceof SourceChanged) return 'source-changed'
  if (error instanceof ObjectMissing) return 'object-missing'
  if (error instanceof Locked) return 'locked'
  if (error instanceof Unavailable) return 'unavailable'
  return 'internal-error'
}
