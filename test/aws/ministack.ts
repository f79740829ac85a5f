/** MiniStack, the emulator of the everyday suite: S3, SQS, KMS, DynamoDB, CloudFormation and Node Lambdas without Docker. */
import { join } from 'node:path'
import { type Emulator, startEmulator } from './emulator.ts'

/** Tells its IAM the one condition key that roles stand on and it doesn't know. */
const PLUGIN = join(import.meta.dirname, 'ministack-plugin')

export interface MiniStackOptions {
  /** Enforces IAM policies; root's keys are those in `env`. */
  readonly auth?: boolean
  readonly env?: Readonly<Record<string, string>>
  /** File for its output. */
  readonly log?: string
}

/** @throws when it isn't installed or doesn't start; never leaves a test out */
export function startMiniStack({ auth = false, env = {}, log }: MiniStackOptions = {}): Promise<Emulator> {
  const command = process.env.SAFELIGHT_TEST_MINISTACK
  if (!command) {
    throw new Error(
      'MiniStack is not installed: run tests by `npm test -- FILE` (or `npm run prove -- NAME`), which installs it',
    )
  }
  return startEmulator({
    name: 'MiniStack',
    command: () => [command],
    env: (port) => ({
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_HOST: '127.0.0.1',
      IOT_MTLS_ENABLED: '0',
      CLOUDTRAIL_RECORDING: '1',
      AUTH: String(auth),
      ...(auth && { PYTHONPATH: PLUGIN, PYTHONDONTWRITEBYTECODE: '1' }),
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      ...env,
    }),
    isHealthy: async (endpoint) => (await fetch(`${endpoint}/_ministack/health`)).ok,
    log,
  })
}
