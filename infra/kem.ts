/** The private half of ML-KEM, for those who open: seeds in Secrets Manager, or AWS KMS's own ML-KEM keys. */
import { ArnFormat, Stack } from 'aws-cdk-lib'
import type { SafelightFunction } from './function.ts'
import { acknowledgeWildcard, allow, secretsUnder, throughService } from './grants.ts'
import type { Parts } from './parts.ts'

/** Aliases of the ML-KEM keys that AWS KMS keeps for this stack. */
export function kemAliases({ seedPrefix }: Pick<Parts, 'seedPrefix'>): string {
  return `alias/${seedPrefix}/*`
}

export function onKemKeys(to: SafelightFunction, sid: string, parts: Parts, actions: readonly string[]): void {
  const keys = Stack.of(to).formatArn({
    service: 'kms',
    resource: 'key',
    resourceName: '*',
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  })
  allow(to, sid, actions, [keys], { 'ForAnyValue:StringLike': { 'kms:ResourceAliases': [kemAliases(parts)] } })
  acknowledgeWildcard(
    to,
    keys,
    'ML-KEM keys are made by whoever operates the stack, after it; the condition admits only those under its own alias.',
  )
}

/** Reads seeds, asks KMS to decapsulate, or both: the register says of each generation where its private keys are. */
export function decapsulate(to: SafelightFunction, parts: Parts): void {
  const { kemOpens } = parts.flags
  if (kemOpens.includes('kms')) {
    onKemKeys(to, 'Decapsulate', parts, ['kms:Decapsulate', 'kms:GetPublicKey', 'kms:DescribeKey'])
  }
  if (kemOpens.includes('seed')) {
    onSeeds(to, 'ReadSeeds', parts, ['secretsmanager:GetSecretValue'])
    throughService(to, 'OpenSeeds', parts.keys.seed, ['kms:Decrypt'], ['secretsmanager'])
  }
}

export function onSeeds(to: SafelightFunction, sid: string, parts: Parts, actions: readonly string[]): void {
  const seeds = secretsUnder(to, parts.seedPrefix)
  allow(to, sid, actions, [seeds])
  acknowledgeWildcard(
    to,
    seeds,
    'One secret a key generation, made by `safelight keys` after the stack, and AWS appends six random characters to each name.',
  )
}
