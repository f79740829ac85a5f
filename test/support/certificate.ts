/** A self-signed certificate for localhost, made on the spot: X.509 v3 (RFC 5280) written out in DER. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export interface Certificate {
  readonly key: string
  readonly cert: string
}

const CLASS = { integer: 0x02, bits: 0x03, octets: 0x04, null: 0x05, oid: 0x06, utf8: 0x0c, time: 0x18 } as const
const SEQUENCE = 0x30
const SET = 0x31

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const { length } = body
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), body])
}

const oid = (hex: string) => der(CLASS.oid, Buffer.from(hex, 'hex'))
const SHA256_WITH_RSA = der(SEQUENCE, oid('2a864886f70d01010b'), der(CLASS.null))
const NAME = der(SEQUENCE, der(SET, der(SEQUENCE, oid('550403'), der(CLASS.utf8, Buffer.from('localhost')))))
/** subjectAltName: the DNS name localhost. */
const NAMES = der(SEQUENCE, oid('551d11'), der(CLASS.octets, der(SEQUENCE, der(0x82, Buffer.from('localhost')))))

export function localhostCertificate(): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const from = (year: number) => der(CLASS.time, Buffer.from(`${year}0101000000Z`))
  const body = der(
    SEQUENCE,
    der(0xa0, der(CLASS.integer, Buffer.from([2]))),
    der(CLASS.integer, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ...[SHA256_WITH_RSA, NAME, der(SEQUENCE, from(2020), from(2120)), NAME],
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, NAMES)),
  )
  const signature = der(CLASS.bits, Buffer.from([0]), sign('sha256', body, privateKey))
  const whole = der(SEQUENCE, body, SHA256_WITH_RSA, signature).toString('base64')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${whole.replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`,
  }
}
