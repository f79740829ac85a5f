/**
 * The sealing process: the seal function with its own memory and no keys, so that an image which brings a decoder down
 * takes nothing along. Started by sealer.ts under Node's permission model; it can read the program and the object store,
 * write the object store, and nothing else.
 */
import { once } from 'node:events'
import { sealHandler } from '../../functions/seal/handler.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { openObjects } from '../../shared/platform/local/objects.ts'
import { type DataKeys, type KemPublicKeys, Unavailable } from '../../shared/platform/ports.ts'
import { parsePolicy } from '../../shared/policy/policy.ts'
import { loadModels } from '../../shared/sensitivity/models.ts'
import type { FromSealer, SealedUpload, ToSealer } from './messages.ts'
import { reasonOf } from './reasons.ts'

interface Waiter {
  answer(value: Extract<ToSealer, { type: 'answer' }>['value']): void
  refuse(error: Error): void
}
const waiting = new Map<number, Waiter>()
let calls = 0

function send(message: FromSealer): void {
  process.send?.(message)
}

const kem: KemPublicKeys = {
  current: (ask) =>
    new Promise((resolve, refuse) => {
      const call = calls++
      waiting.set(call, { answer: (value) => 'publicKey' in value && resolve(value), refuse })
      send({ type: 'call', call, method: 'current', ask })
    }),
}
const dataKeys: DataKeys = {
  generateDataKey: (ask) =>
    new Promise((resolve, refuse) => {
      const call = calls++
      waiting.set(call, { answer: (value) => 'blob' in value && resolve(value), refuse })
      send({ type: 'call', call, method: 'generateDataKey', ask })
    }),
}

const [first]: [ToSealer] = (await once(process, 'message')) as [ToSealer]
if (first.type !== 'settings') throw new Error('the first message is the settings')
const { settings } = first
const models = await loadModels(settings.models)
let sealed: SealedUpload[] = []
let reasons: Record<string, string> = {}

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
  onSealed(outcome, { key }) {
    if (outcome.outcome === 'sealed') sealed.push({ upload: key, stored: outcome.stored })
  },
  onError(messageId, error) {
    reasons[messageId] = reasonOf(error)
  },
})

process.on('message', async (message: ToSealer) => {
  if (message.type === 'answer') waiting.get(message.call)?.answer(message.value)
  else if (message.type === 'refusal') waiting.get(message.call)?.refuse(new Unavailable(message.message))
  else if (message.type === 'invoke') {
    sealed = []
    reasons = {}
    const response = await handle(message.event)
    send({ type: 'result', id: message.id, result: { response, sealed, reasons } })
    return
  } else return
  waiting.delete(message.call)
})
process.on('disconnect', () => process.exit(0))
send({ type: 'ready', problems: models.problems })
