/**
 * Keys of a stack that stands by for one in another region. It makes none: generation after generation it takes what that
 * one made from the replicas of its seeds, which can't be written here. Run it again after each rotation there.
 */
import { Unavailable } from '../ports.ts'
import { tryKem } from './keyGeneration.ts'
import { type KeyPlace, type Made, type MakingPorts, takeGeneration } from './keyMaking.ts'
import { openKeyRegister } from './keyRegister.ts'
import { openSecretStore } from './secretValue.ts'
import { seedName } from './seedCustody.ts'

/**
 * What a register elsewhere says of retiring doesn't come along: every generation is active here.
 * @returns the generation that seals now; `made` when any was taken. @throws Unavailable, also while nothing has arrived
 */
export async function adoptKeys(place: KeyPlace, seedPrefix: string, ports: MakingPorts): Promise<Made> {
  const { settings = {} } = ports
  const home = { custody: 'seed', seedPrefix } as const
  const store = openSecretStore(settings)
  const { current } = await openKeyRegister(place.table, settings).readNow()
  let last: Made | undefined
  for (let from = current?.generation; await hasSeed((from ?? 0) + 1); from = last.generation) {
    const taken: Made = await takeGeneration(place, home, ports, from, arrived)
    last = { ...taken, made: taken.made || last?.made === true, adopted: true }
  }
  if (last !== undefined) return last
  if (current === undefined) {
    throw new Unavailable(`no seed has arrived: run \`safelight keys init\` on the stack that this one stands by for`)
  }
  await tryKem(home, current.generation, ports.primitives, settings)
  return { generation: current.generation, keyId: current.keyId, made: false, pinned: [] }

  async function hasSeed(generation: number): Promise<boolean> {
    return (await store.read(seedName(seedPrefix, generation))) !== undefined
  }

  async function arrived(): Promise<void> {
    for (const secret of [place.indexSecret, place.linkSecret]) {
      if ((await store.read(secret)) === undefined) throw new Unavailable(`the secret ${secret} has not arrived yet`)
    }
  }
}

/** @throws Unavailable, always */
export async function rotateElsewhere(): Promise<never> {
  throw new Unavailable(
    'this stack stands by: rotate where its primary is and run `safelight keys init` here, or deploy it with promoted=true',
  )
}
