/** Everything that a stack opens of its keys, over what lies on an emulator: what key tests look at, on each emulator. */
import { openKemCustody } from '../../../shared/platform/aws/custody.ts'
import { initKeys } from '../../../shared/platform/aws/keyMaking.ts'
import { openKemPublicKeys, openKeyRegister } from '../../../shared/platform/aws/keyRegister.ts'
import { openKmsKeyService } from '../../../shared/platform/aws/keyService.ts'
import { openIndexKey, openLinkKeys } from '../../../shared/platform/aws/secrets.ts'
import type { AwsSettings } from '../../../shared/platform/aws/settings.ts'
import { nodePrimitives as primitives } from '../../../shared/platform/crypto.ts'
import { type KeyStack, makeKeyStack } from './keyStack.ts'

export function openKeys({ place, origin }: KeyStack, settings: AwsSettings = {}, clock = { now: Date.now }) {
  const register = openKeyRegister(place.table, settings, clock)
  const allowed = () => register.dataKeyArns()
  return {
    register,
    keyService: openKmsKeyService({ keyArn: place.dataKeyArn, allowed }, settings),
    publicKeys: openKemPublicKeys(register),
    custody: openKemCustody(register, origin.seedPrefix, settings, clock),
    secrets: {
      ...openLinkKeys(place.linkSecret, settings, clock),
      ...openIndexKey(place.indexSecret, settings, clock),
    },
  }
}

/** A new stack whose keys are made. */
export async function made(): Promise<KeyStack> {
  const stack = await makeKeyStack()
  await initKeys(stack.place, stack.origin, { primitives })
  return stack
}
