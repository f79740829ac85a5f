/**
 * The sealing process: the seal function with its own memory and no keys, so that an image which brings a decoder down
 * takes nothing along. Started by sealer.ts under Node's permission model; it can read the project and the object store,
 * write the vault, and nothing else.
 */
import { sealHandler } from '../../functions/seal/handler.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { openObjects } from '../../shared/platform/local/objects.ts'
import { type DataKeys, type KemPublicKey, type KemPublicKeys, Unavailable } from '../../shared/platform/ports.ts'
import { parsePolicy } from '../../shared/policy/policy.ts'
import { loadModels } from '../../shared/sensitivity/models.ts'
import type { FromSealer, SealerSettings, ToSealer } from './messages.ts'
import { reasonOf } from './reasons.ts'

type DataKey = Awaited<ReturnType<DataKeys['generateDataKey']>>

const settings: SealerSettings = JSON.parse(process.env.SAFELIGHT_SEALER ?? '')
const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
let calls = 0

function send(message: FromSealer): void {
  process.send?.(message)
}

function ask(make: (call: number) => FromSealer): Promise<unknown> {
  const call = calls++
  return new Promise((resolve, reject) => {
    waiting.set(call, { resolve, reject })
    send(make(call))
  })
}

// The other end is our own host: what it answers has the type that was asked for.
const kem: KemPublicKeys = {
  current: async (level) => (await ask((call) => ({ type: 'call', call, method: 'current', level }))) as KemPublicKey,
}
const dataKeys: DataKeys = {
  generateDataKey: async (context) =>
    (await ask((call) => ({ type: 'call', call, method: 'generateDataKey', context }))) as DataKey,
}

const models = await loadModels(settings.models)
const handle = sealHandler({
  ports: {
    primitives: nodePrimitives,
    models,
    policy: parsePolicy(settings.policy),
    threat: () => 'normal',
    objects: openObjects(settings.objects),
    kem,
    dataKeys,
    events: { emit: (event) => send({ type: 'event', event }) },
    clock: { now: Date.now },
    stackId: settings.stackId,
  },
  onSealed: (outcome, object) => send({ type: 'sealed', outcome, object }),
  onError: (messageId, error) => send({ type: 'error', messageId, reason: reasonOf(error) }),
})

process.on('message', async (message: ToSealer) => {
  if (message.type === 'invoke') {
    send({ type: 'result', id: message.id, response: await handle(message.event) })
    return
  }
  const waiter = waiting.get(message.call)
  waiting.delete(message.call)
  if (message.type === 'answer') waiter?.resolve(message.value)
  else waiter?.reject(new Unavailable(message.message))
})
process.on('disconnect', () => process.exit(0))
send({ type: 'ready', problems: models.problems })
