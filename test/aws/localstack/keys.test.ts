/** The key contracts on LocalStack, whose KMS authenticates what it wrapped: a changed blob or context is refused by the service itself. */
import { afterAll, beforeAll } from 'vitest'
import { useEmulator } from '../../platform/aws/keyStack.ts'
import { made, openKeys } from '../../platform/aws/openKeys.ts'
import { describeKeys } from '../../platform/contract/keys.ts'
import type { Emulator } from '../emulator.ts'
import { startLocalStack } from '../localstack.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startLocalStack()
  useEmulator(emulator)
})
afterAll(() => emulator?.[Symbol.asyncDispose]())

describeKeys('LocalStack', async () => ({ ...openKeys(await made()), close: async () => {} }), {
  separatesContext: false,
})
