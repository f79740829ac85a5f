/**
 * A server that speaks the wire protocol of AWS KMS (JSON 1.1, `TrentService.*`) for ML-KEM keys, over node:crypto and
 * as AWS's API reference describes them, because no emulator has such keys. It proves our half of the protocol only.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import * as z from 'zod'
import { CIPHERTEXT_BYTES, kemDecapsulate, kemPrivateKey } from '../../shared/platform/mlkem.ts'
import type { KemLevel } from '../../shared/platform/ports.ts'
import { forward } from './forward.ts'

export interface KemKmsKey {
  readonly arn: string
  readonly alias: string
  readonly level: KemLevel
  /** 64 bytes. */
  readonly seed: Uint8Array
  state: 'Enabled' | 'Disabled' | 'PendingDeletion'
}

export interface KemKms extends AsyncDisposable {
  readonly endpoint: string
}

const Request = z.object({
  KeyId: z.string(),
  SharedSecretCiphertextBlob: z.base64().optional(),
  EncapsulationAlgorithm: z.string().optional(),
})

const OURS = new Set(['TrentService.GetPublicKey', 'TrentService.Decapsulate'])

class Refusal extends Error {}

/** @param others address of the emulator that everything else is passed on to */
export async function startKemKms(keys: readonly KemKmsKey[], others: string): Promise<KemKms> {
  const held = new Map<string, KeyObject>(keys.map(({ arn, seed, level }) => [arn, kemPrivateKey(seed, level)]))

  function answer(target: string, body: unknown): object {
    const { KeyId, SharedSecretCiphertextBlob: sealed, EncapsulationAlgorithm } = Request.parse(body)
    const key = keys.find(({ arn, alias }) => KeyId === arn || KeyId === alias)
    const privateKey = key && held.get(key.arn)
    if (key === undefined || privateKey === undefined) throw new Refusal('NotFoundException')
    if (key.state === 'Disabled') throw new Refusal('DisabledException')
    if (key.state === 'PendingDeletion') throw new Refusal('KMSInvalidStateException')
    if (target === 'TrentService.GetPublicKey') {
      return {
        KeyId: key.arn,
        KeySpec: `ML_KEM_${key.level}`,
        KeyUsage: 'ENCAPSULATE_DECAPSULATE',
        EncapsulationAlgorithms: ['ML_KEM'],
        PublicKey: createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).toString('base64'),
      }
    }
    if (EncapsulationAlgorithm !== 'ML_KEM') throw new Refusal('ValidationException')
    const ciphertext = Buffer.from(sealed ?? '', 'base64')
    if (ciphertext.length !== CIPHERTEXT_BYTES[key.level]) throw new Refusal('InvalidCiphertextException')
    const secret = Buffer.from(kemDecapsulate(privateKey, key.level, ciphertext)).toString('base64')
    return { KeyId: key.arn, SharedSecret: secret, EncapsulationAlgorithm }
  }

  const server = createServer(async (incoming, outgoing) => {
    const target = String(incoming.headers['x-amz-target'])
    if (!OURS.has(target)) {
      const forwarded = await forward(others, incoming)
      outgoing.writeHead(forwarded.statusCode ?? 500, forwarded.headers)
      return void forwarded.pipe(outgoing)
    }
    outgoing.setHeader('content-type', 'application/x-amz-json-1.1')
    try {
      if (!incoming.headers.authorization?.startsWith('AWS4-HMAC-SHA256 '))
        throw new Refusal('MissingAuthenticationToken')
      outgoing.end(JSON.stringify(answer(target, JSON.parse(await textOf(incoming)))))
    } catch (error) {
      const type = error instanceof Refusal ? error.message : 'ValidationException'
      outgoing.writeHead(400).end(JSON.stringify({ __type: type, message: type }))
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of incoming) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}
