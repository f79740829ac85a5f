/** DynamoDB Local, Amazon's own: the second opinion on conditional and transactional writes. */
import { join } from 'node:path'
import { type Emulator, startEmulator } from './emulator.ts'

/** @throws when it isn't installed or doesn't start; never leaves a test out */
export function startDynamoDbLocal({ log }: { readonly log?: string } = {}): Promise<Emulator> {
  const folder = process.env.SAFELIGHT_TEST_DYNAMODB_LOCAL
  if (!folder) {
    throw new Error(
      'DynamoDB Local is not installed: run tests by `npm test -- FILE`, which installs it (with Java and Maven)',
    )
  }
  return startEmulator({
    name: 'DynamoDB Local',
    command: (port) => [
      'java',
      `-Djava.library.path=${folder}`,
      '-cp',
      join(folder, '*'),
      'com.amazonaws.services.dynamodbv2.local.main.ServerRunner',
      '-inMemory',
      '-sharedDb',
      '-disableTelemetry',
      '-port',
      String(port),
    ],
    // It knows no health check; an unsigned request is refused by the server itself.
    isHealthy: async (endpoint) => (await fetch(endpoint)).status === 400,
    log,
  })
}
