/**
 * LocalStack's open-source core without Docker: the second emulator of the whole product. Each is a fresh one; its DynamoDB
 * is DynamoDB Local, its Lambdas run as processes (localstack-executor).
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Emulator, startEmulator } from './emulator.ts'

const EXECUTOR = join(import.meta.dirname, 'localstack-executor')

export interface LocalStackOptions {
  readonly env?: Readonly<Record<string, string>>
  /** File for its output. */
  readonly log?: string
}

/** @throws when it isn't installed or doesn't start; never leaves a test out */
export async function startLocalStack({ env = {}, log }: LocalStackOptions = {}): Promise<Emulator> {
  const { SAFELIGHT_TEST_LOCALSTACK: python } = process.env
  const { SAFELIGHT_TEST_DYNAMODB_LOCAL: dynamoDb, SAFELIGHT_TEST_JSONATA: jsonata } = process.env
  if (!python || !dynamoDb || !jsonata) {
    throw new Error('LocalStack is not installed: run tests by `npm run test:localstack`, which installs it')
  }
  const root = mkdtempSync(join(tmpdir(), 'safelight-localstack-'))
  const clear = () => rmSync(root, { recursive: true, force: true, maxRetries: 5 })
  try {
    provideJava(root, dynamoDb, jsonata)
    const emulator = await startEmulator({
      name: 'LocalStack',
      command: () => [python, '-m', 'localstack.runtime.main'],
      env: (port) => ({ ...settings(root, port), ...env }),
      isHealthy: async (endpoint) => (await fetch(`${endpoint}/_localstack/health`)).ok,
      log,
    })
    return {
      ...emulator,
      async [Symbol.asyncDispose]() {
        await emulator[Symbol.asyncDispose]()
        clear()
      },
    }
  } catch (error) {
    clear()
    throw error
  }
}

/** What LocalStack would download is put where it looks first. */
function provideJava(root: string, dynamoDb: string, jsonata: string): void {
  const libraries = join(root, 'var', 'lib', 'localstack', 'lib')
  const place = (target: string, ...path: string[]) => {
    mkdirSync(dirname(join(libraries, ...path)), { recursive: true })
    symlinkSync(target, join(libraries, ...path))
  }
  place(join(dynamoDb, 'DynamoDBLocal-2.6.1.jar'), 'dynamodb-local', '2', 'DynamoDBLocal.jar')
  place(dynamoDb, 'dynamodb-local', '2', 'DynamoDBLocal_lib')
  place(jsonata, 'jsonata', '0.9.7')
  place(join(EXECUTOR, 'java'), 'java', '21', 'bin', 'java')
  place(join(javaHome(), 'lib'), 'java', '21', 'lib')
}

/** Of the system's Java: LocalStack's Step Functions loads its library. */
function javaHome(): string {
  const { stderr } = spawnSync('java', ['-XshowSettings:properties', '-version'], { encoding: 'utf8' })
  const home = /^\s*java\.home = (.+)$/m.exec(stderr)?.[1]
  if (home === undefined) throw new Error('java does not say where it is')
  return home
}

function settings(root: string, port: number): Readonly<Record<string, string>> {
  return {
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    // Names are made of it, and `name.127.0.0.1` is no host of a URL.
    LOCALSTACK_HOST: `localhost:${port}`,
    SQS_ENDPOINT_STRATEGY: 'path',
    FILESYSTEM_ROOT: root,
    // Neither somebody's settings nor what another installation found of plug-ins.
    CONFIG_DIR: root,
    XDG_CACHE_HOME: root,
    OVERRIDE_IN_DOCKER: '0',
    PYTHONPATH: EXECUTOR,
    PYTHONDONTWRITEBYTECODE: '1',
    LAMBDA_RUNTIME_EXECUTOR: 'process',
    // For machines that are busy: a function with models loads for long.
    LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT: '120',
    DYNAMODB_IN_MEMORY: '1',
    // Nothing is fetched, nobody is told, no name is served.
    SKIP_SSL_CERT_DOWNLOAD: '1',
    DISABLE_EVENTS: '1',
    DNS_ADDRESS: '0',
  }
}
