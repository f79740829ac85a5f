/** What `safelight keys rotate` and `safelight keys retire` do. */
import { type Need, needOf } from '../shared/flow/need.ts'
import { nodePrimitives } from '../shared/platform/crypto.ts'
import { systemClock } from '../shared/platform/local/clock.ts'
import { RotationRefused, rotateKeys, setRetired } from '../shared/platform/local/keys.ts'
import { type Context, usage } from './args.ts'
import { openDeployment } from './deployment.ts'
import { CommandFailed } from './errors.ts'
import { homeFolder } from './home.ts'
import { type KeysOptions, needKeys } from './key-commands.ts'

export async function keysRotate(_options: KeysOptions, { env, out }: Context): Promise<void> {
  const home = homeFolder(env)
  await needKeys(home)
  const { made, linkKid } = await rotateKeys(home, nodePrimitives, systemClock)
  const { generation, keyId } = made
  out.result(
    { generation, keyId, linkKid: linkKid ?? null },
    `made generation ${generation} (${keyId}); it opened what it sealed, and seals from now on`,
  )
  if (linkKid === undefined) out.warn('all 256 link keys are used up: links are signed by the last one, as before')
  out.note('next: safelight keys backup, because no backup has this generation; then safelight rewrap')
}

export async function keysRetire({ operand = '', undo }: KeysOptions, { env, out }: Context): Promise<void> {
  if (!/^[1-9]\d{0,3}$/.test(operand)) throw usage('keys', 'retire takes the number of a generation: keys list')
  const home = homeFolder(env)
  const generation = Number(operand)
  const list = await needKeys(home)
  const found = list.generations.find((one) => one.generation === generation)
  if (found === undefined) {
    throw new CommandFailed(`there is no generation ${generation}`, 'safelight keys list shows the generations')
  }
  if (!undo && found.keyId === list.current) {
    throw new CommandFailed(`generation ${generation} is the one that seals`, 'safelight keys rotate makes another one')
  }
  if (!undo && found.state === 'active') {
    const active = list.generations.filter((one) => one !== found && one.state === 'active')
    const others = new Set(active.map(({ keyId }) => keyId))
    await using deployment = await openDeployment(home, { create: false })
    refuseIfNeeded(generation, await needOf(deployment, { kemKeyId: found.keyId, others }))
  }
  const state = undo ? 'active' : 'retired'
  try {
    const changed = await setRetired(home, generation, !undo)
    const text = changed
      ? `generation ${generation} is ${undo ? 'active again' : 'retired: it opens nothing. Its keys stay'}`
      : `generation ${generation} was ${state} already`
    out.result({ generation, state, changed }, text)
  } catch (error) {
    throw error instanceof RotationRefused ? new CommandFailed(error.message) : error
  }
}

function refuseIfNeeded(generation: number, { objects, waiting, unknown }: Need): void {
  if (objects > 0) {
    const what = objects === 1 ? '1 object still needs' : `${objects} objects still need`
    throw new CommandFailed(`${what} generation ${generation}`, 'safelight rewrap brings them under the current keys')
  }
  if (waiting > 0) {
    const what = waiting === 1 ? '1 sealed upload waits' : `${waiting} sealed uploads wait`
    throw new CommandFailed(
      `${what} to be verified under generation ${generation}`,
      'let safelight serve finish them, then safelight rewrap',
    )
  }
  if (unknown > 0) {
    throw new CommandFailed(
      `${unknown} objects could not be read, so nobody knows whether they need generation ${generation}`,
      'safelight rewrap names them; safelight doctor says what is missing',
    )
  }
}
