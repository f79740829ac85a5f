/** Files under names that only a file system would hold, put into the drop folder of a real server. */
import { readdirSync, writeFileSync } from 'node:fs'
import * as z from 'zod'
import { listObjects, type Server, until } from '../support/server.ts'
import { fixture } from './fixtures.ts'
import { fateOf, settled } from './siege.ts'

export interface Dropped {
  readonly what: string
  readonly detail: string
  readonly wrong: readonly string[]
}

/** One after the other. Names are bytes: not every one is text. */
export async function dropAll(server: Server, names: Readonly<Record<string, Uint8Array>>): Promise<Dropped[]> {
  const bytes = fixture('sideways.jpg')
  const all: Dropped[] = []
  for (const [what, name] of Object.entries(names)) {
    const known = new Set((await listObjects(server)).map(({ id }) => id))
    writeFileSync(Buffer.concat([Buffer.from(`${server.dropFolder}/`), name]), bytes)
    try {
      const id = await settled(server, known)
      const fate = await fateOf(server, id ?? '', bytes)
      const exact = fate.kind === 'sealed' && fate.exact
      const detail = fate.kind === 'sealed' ? `sealed ${fate.tier} as ${JSON.stringify(fate.name)}` : fate.kind
      all.push({ what, detail, wrong: exact ? [] : ['it does not open to the exact bytes'] })
    } catch (error) {
      const left = readdirSync(server.dropFolder).filter((found) => !found.startsWith('.')).length
      all.push({
        what,
        detail: `${left} left in the folder`,
        wrong: [error instanceof Error ? error.message : 'not sealed'],
      })
    }
  }
  return all
}

const warned = z.object({ warnings: z.array(z.object({ text: z.string() })) })

/** Puts files there that are not taken. @returns what the console then warns of, and how many of them are still there */
export async function dropRefused(
  server: Server,
  names: readonly Uint8Array[],
): Promise<{ warnings: readonly string[]; left: number }> {
  for (const name of names) writeFileSync(Buffer.concat([Buffer.from(`${server.dropFolder}/`), name]), 'left alone')
  const warnings = await until('a warning', async () => {
    const status = warned.parse(await (await server.api('/api/status')).json())
    const found = status.warnings.map(({ text }) => text).filter((text) => text.includes(String(names.length)))
    return found.length > 0 && found
  })
  const left = readdirSync(server.dropFolder).filter((name) => name !== '.taken').length
  return { warnings, left }
}
