/** Files for the browser to upload. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

export interface Upload {
  name: string
  mimeType: string
  buffer: Buffer
}

/** Bytes that no decoder knows, and no two alike: sealed at the strictest tier, unseen. */
export function opaque(name: string): Upload {
  return { name, mimeType: 'application/octet-stream', buffer: Buffer.from(`${name} ${Math.random()}`) }
}

/** The bundled landscape under another name, with bytes of its own after the end marker so that no two are alike. */
export async function photograph(name: string): Promise<Upload> {
  const landscape = await readFile(fileURLToPath(new URL('../../samples/landscape.jpg', import.meta.url)))
  const buffer = Buffer.concat([landscape, Buffer.from(`${name} ${Math.random()}`)])
  return { name, mimeType: 'image/jpeg', buffer }
}
