/** Both custodies behind one port: the register says of each generation where its private keys are. */
import type { Clock, KemCustody } from '../ports.ts'
import { wallClock } from './cached.ts'
import type { KeyRegister } from './keyRegister.ts'
import { openKmsCustody } from './kmsCustody.ts'
import { notHeld, openSeedCustody } from './seedCustody.ts'
import type { AwsSettings } from './settings.ts'

export function openKemCustody(
  register: Pick<KeyRegister, 'active'>,
  seedPrefix: string,
  settings: AwsSettings = {},
  clock: Clock = wallClock,
): KemCustody {
  const custodies = {
    seed: openSeedCustody(register, seedPrefix, settings, clock),
    kms: openKmsCustody(register, settings, clock),
  }
  async function custodyOf(keyId: string): Promise<KemCustody | undefined> {
    const found = await register.active(keyId)
    return found && custodies[found.custody]
  }
  return {
    publicKey: async (keyId, level) => (await custodyOf(keyId))?.publicKey(keyId, level),
    async decapsulate(keyId, level, ciphertext) {
      const custody = await custodyOf(keyId)
      if (custody === undefined) throw notHeld()
      return custody.decapsulate(keyId, level, ciphertext)
    },
  }
}
