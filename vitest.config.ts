// How the suites run: one process a file, so that a native crash in one can't hide another's result.
import { defineConfig } from 'vitest/config'

// Set by `npm run test:localstack`, whose suite needs another emulator and runs by itself.
const onLocalStack = process.env.SAFELIGHT_TEST_LOCALSTACK !== undefined

export default defineConfig({
  test: {
    include: onLocalStack ? ['test/aws/localstack/**/*.test.ts'] : ['test/**/*.test.ts'],
    exclude: ['test/prove/**', 'node_modules/**', ...(onLocalStack ? [] : ['test/aws/localstack/**'])],
    pool: 'forks',
    // Most of a suite is waiting: for processes, disks and browsers.
    maxWorkers: 3,
    // For what hangs, not for what is slow: a machine may be busy.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    allowOnly: false,
    passWithNoTests: false,
  },
})
