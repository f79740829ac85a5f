// How the suites run: rooms whose files change what a process has (its environment, its modules) get a process a file.
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// Set by `npm run test:localstack`, whose suite needs another emulator and runs by itself.
const onLocalStack = process.env.SAFELIGHT_TEST_LOCALSTACK !== undefined

/** Where the time goes, most of it first: stacks deployed, servers killed, the command line started hundreds of times. */
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

/** Rooms whose files leave a process as they found it: they share some, and save two seconds of starting one each. */
const SHARING =
  'bench chaos flow functions fuzz image infra interop keys links policy rules sensitivity support vault vectors'.split(
    ' ',
  )
const sharing = SHARING.map((room) => `test/${room}/**/*.test.ts`)
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
              exclude: [...never, ...sharing, 'test/aws/localstack/**'],
            },
          },
          { extends: true, test: { name: 'sharing', isolate: false, include: sharing, exclude: never } },
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
