/** What our AWS clients agree to, against real TLS servers on loopback that offer this and that. */
import { once } from 'node:events'
import { createServer } from 'node:https'
import { getCACertificates, setDefaultCACertificates, type TlsOptions } from 'node:tls'
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AwsSettings, clientConfig, HYBRID_GROUP } from '../../../shared/platform/aws/settings.ts'
import { negotiatedTls } from '../../../shared/platform/aws/tls.ts'
import { Unavailable } from '../../../shared/platform/ports.ts'
import { localhostCertificate } from '../../support/certificate.ts'

const certificate = localhostCertificate()
const systemRoots = getCACertificates('default')
beforeAll(() => setDefaultCACertificates([certificate.cert]))
afterAll(() => setDefaultCACertificates(systemRoots))

const BOTH: TlsOptions = { ecdhCurve: `X25519:${HYBRID_GROUP}` }
const HYBRID: TlsOptions = { ecdhCurve: HYBRID_GROUP }
const CLASSICAL: TlsOptions = { ecdhCurve: 'X25519:P-256' }
/** TLS 1.2 whose keys come by static RSA: no group is negotiated, so forcing a group alone would not notice. */
const STATIC_RSA: TlsOptions = { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }

async function serve(options: TlsOptions) {
  const server = createServer({ ...certificate, ...options }, (_, answer) => {
    answer.setHeader('content-type', 'application/x-amz-json-1.1').end('{"Keys":[]}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function call(port: number, settings: AwsSettings): Promise<string> {
  const client = new KMSClient({
    ...clientConfig({ ...settings, region: 'us-east-1', endpoint: `https://localhost:${port}`, maxAttempts: 1 }),
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  try {
    await client.send(new ListKeysCommand({}))
    return 'answered'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'failed'
  } finally {
    client.destroy()
  }
}

test.each([
  ['hybrid and classical groups', BOTH],
  ['the hybrid group alone', HYBRID],
])('a client talks to a server with %s, under the hybrid one', async (_, options) => {
  await using server = await serve(options)
  expect(await call(server.port, {})).toBe('answered')
  expect(await negotiatedTls('localhost', {}, { port: server.port })).toEqual({
    group: HYBRID_GROUP,
    protocol: 'TLSv1.3',
  })
})

test.each([
  ['classical groups alone', CLASSICAL, { group: 'X25519', protocol: 'TLSv1.3' }],
  ['TLS 1.2 without a group', STATIC_RSA, { protocol: 'TLSv1.2' }],
])('a client refuses a server with %s, unless classical TLS is allowed', async (_, options, negotiated) => {
  await using server = await serve(options)
  const { port } = server
  expect(await call(port, {})).toMatch(/^ERR_SSL_|^EPROTO/)
  await expect(negotiatedTls('localhost', {}, { port })).rejects.toThrow(/allowClassicalTls/)
  expect(await call(port, { allowClassicalTls: true })).toBe('answered')
  expect(await negotiatedTls('localhost', { allowClassicalTls: true }, { port })).toMatchObject(negotiated)
})

test('a stranger with another certificate is not asked what it speaks', async () => {
  await using server = await serve(HYBRID)
  const { cert: ca } = localhostCertificate()
  await expect(negotiatedTls('localhost', {}, { port: server.port, ca })).rejects.toThrow(/CERT|SIGNATURE/)
})

test('nobody there is Unavailable', async () => {
  const server = await serve(HYBRID)
  await server[Symbol.asyncDispose]()
  await expect(negotiatedTls('localhost', {}, { port: server.port })).rejects.toThrow(Unavailable)
})
