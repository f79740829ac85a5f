// On a stack: 100 objects, a rotation, rewrap killed twice and resumed, the old generation retired; rolled-back envelopes are
// refused, and the emptied catalogue is made again from vault and keys. Against MiniStack.
import { startFaultProxy } from '../aws/faults/proxy.ts'
import { startMiniStack } from '../aws/ministack.ts'
import { proveRotation } from '../aws/rotation.ts'
import { useEmulator } from '../platform/aws/keyStack.ts'
import { check, finish } from './report.ts'

const OBJECTS = 100
await using emulator = await startMiniStack()
useEmulator(emulator)
await using proxy = await startFaultProxy(emulator.endpoint)
await proveRotation({ emulator, proxy }, OBJECTS, check)
finish()
