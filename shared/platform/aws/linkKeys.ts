/**
 * The link keys' secret: JSON of the one that signs and the one before it, so that links of before a rotation still open.
 *
 *     {"current": 1, "keys": [{"kid": 0, "key": base64 of 32 bytes}, {"kid": 1, "key": ...}]}
 */
import * as z from 'zod'

const LinkKeys = z
  .object({
    current: z.int().min(0).max(255),
    keys: z
      .array(z.object({ kid: z.int().min(0).max(255), key: z.base64().length(44) }))
      .min(1)
      .max(2),
  })
  .refine(({ current, keys }) => keys.some(({ kid }) => kid === current))
export type LinkKeys = Readonly<z.infer<typeof LinkKeys>>

/** The key id of a generation's link key: they come round after 256 generations, when nobody has the old one any more. */
export const linkKidOf = (generation: number) => (generation - 1) & 0xff

/** @throws whatever is wrong with it */
export function parseLinkKeys(bytes: Uint8Array): LinkKeys {
  return LinkKeys.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
}

export function firstLinkKeys(kid: number, key: Uint8Array): Uint8Array {
  return encode({ current: kid, keys: [entry(kid, key)] })
}

/** The new key signs, the one that signed so far still verifies, and the one before that is gone. */
export function withNextKey({ current, keys }: LinkKeys, kid: number, key: Uint8Array): Uint8Array {
  return encode({ current: kid, keys: [...keys.filter((one) => one.kid === current), entry(kid, key)] })
}

const entry = (kid: number, key: Uint8Array) => ({ kid, key: Buffer.from(key).toString('base64') })
const encode = (keys: LinkKeys) => Buffer.from(JSON.stringify(keys))
