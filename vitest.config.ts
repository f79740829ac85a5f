// How the suites run: what starts processes, emulators or browsers has a process a file, the rest share theirs.
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// Set by `npm run test:localstack`, whose suite needs another emulator and runs by itself.
const onLocalStack = process.env.SAFELIGHT_TEST_LOCALSTACK !== undefined

/** By far the longest: each deploys a stack, or starts the command line hundreds of times. */
const LONGEST = [
  'aws/end-to-end',
  'faults/kills',
  'aws/',
  'bench/',
  'cli/',
  'platform/aws-catalogue',
  'infra/',
  'browser/',
  'flow/',
]

/** Where nobody has timed the files yet, as in a fresh clone, vitest goes by their sizes, and the longest files are small. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((part) => moduleId.includes(`/test/${part}`))
      return at < 0 ? LONGEST.length : at
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

/** What runs inside the process that tests it: these files share processes, and save two seconds of starting one each. */
const WITHIN = ['bench', 'chaos', 'flow', 'functions', 'fuzz', 'image', 'infra', 'interop', 'keys', 'links', 'policy']
const MORE_WITHIN = ['rules', 'sensitivity', 'support', 'vault', 'vectors']
const within = [...WITHIN, ...MORE_WITHIN].map((room) => `test/${room}/**/*.test.ts`)
const never = ['test/prove/**', 'node_modules/**']

export default defineConfig({
  test: {
    projects: onLocalStack
      ? [{ extends: true, test: { name: 'localstack', include: ['test/aws/localstack/**/*.test.ts'] } }]
      : [
          {
            extends: true,
            test: {
              name: 'alone',
              include: ['test/**/*.test.ts'],
              exclude: [...never, ...within, 'test/aws/localstack/**'],
            },
          },
          { extends: true, test: { name: 'within', isolate: false, include: within, exclude: never } },
        ],
    pool: 'forks',
    // Most of a suite is waiting: for processes, disks and browsers.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // For what hangs, not for what is slow: a machine may be busy.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    allowOnly: false,
    passWithNoTests: false,
  },
})
