/**
 * The sealing process: the seal function with its own memory and no keys, so that an image which brings a decoder down
 * takes nothing along. Started by sealer.ts under Node's permission model; it can read the program and the object store,
 * write its vault, and nothing else.
 */
import { once } from 'node:events'
import { sealHandler } from '../../functions/seal/handler.ts'
import { reasonOf } from '../../shared/flow/reasons.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { openObjects } from '../../shared/platform/local/objects.ts'
import { type DataKeys, type KemPublicKeys, type SafelightEvent, Unavailable } from '../../shared/platform/ports.ts'
import { parsePolicy } from '../../shared/policy/policy.ts'
import { loadModels } from '../../shared/sensitivity/models.ts'
import { WORN_BYTES, watchLook } from './look.ts'
import { dataKey, type FromSealer, kemPublicKey, type SealerResult, type ToSealer } from './messages.ts'

const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
let calls = 0

/** A host that is gone needs no answer: 'disconnect' ends this process. */
function send(message: FromSealer): void {
  process.send?.(message, () => {})
}

function ask(make: (call: number) => FromSealer): Promise<unknown> {
  const call = calls++
  return new Promise((resolve, reject) => {
    waiting.set(call, { resolve, reject })
    send(make(call))
  })
}

const kem: KemPublicKeys = {
  current: async (level) => kemPublicKey.parse(await ask((call) => ({ type: 'current', call, level }))),
}
const dataKeys: DataKeys = {
  generateDataKey: async (context) =>
    dataKey.parse(await ask((call) => ({ type: 'generateDataKey', call, context: { ...context } }))),
}

// From the first moment on: a host that ends while models are loaded must not leave us behind.
process.on('disconnect', () => process.exit(0))
if (!process.connected) process.exit(0)

const [first]: [ToSealer] = (await once(process, 'message')) as [ToSealer]
if (first.type !== 'settings') throw new Error('the first message is the settings')
const { settings } = first
const models = await loadModels(settings.models)
// All native code that is needed is loaded. This only slows somebody down who got this far: see docs/THREATS.md.
process.dlopen = () => {
  throw new Error('no more native code')
}
let sealed: SealerResult['sealed'] = []
let reasons: Record<string, string> = {}

const atRest = process.memoryUsage.rss()
const look = watchLook((what) => send({ type: 'excess', what }), settings.look)

function tellStep(event: SafelightEvent): void {
  if (event.type !== 'step') return
  if (event.step === 'preprocess') look.begin()
  if (event.step === 'encrypt') look.end()
  send({ type: 'event', event })
}

const handle = sealHandler({
  bucketName: 'intake',
  ports: {
    primitives: nodePrimitives,
    models,
    policy: parsePolicy(settings.policy),
    threat: () => 'normal',
    objects: openObjects(settings.objects),
    kem,
    dataKeys,
    events: { emit: tellStep, flush: async () => {} },
    clock: { now: Date.now },
    stackId: settings.stackId,
  },
  onSealed(outcome, { key }) {
    if (outcome.outcome === 'sealed') sealed.push({ upload: key, stored: { ...outcome.stored, bucket: 'vault' } })
  },
  onError(messageId, error) {
    reasons[messageId] = reasonOf(error)
  },
})

process.on('message', async (message: ToSealer) => {
  if (message.type === 'invoke') {
    sealed = []
    reasons = {}
    const response = await handle(message.event)
    look.end()
    const batchItemFailures = [...response.batchItemFailures]
    const worn = process.memoryUsage.rss() - atRest > WORN_BYTES
    send({ type: 'result', id: message.id, result: { response: { batchItemFailures }, sealed, reasons }, worn })
  } else if (message.type !== 'settings') {
    const waiter = waiting.get(message.call)
    waiting.delete(message.call)
    if (message.type === 'answer') waiter?.resolve(message.value)
    else waiter?.reject(new Unavailable(message.message))
  }
})
send({ type: 'ready', problems: [...models.problems] })
