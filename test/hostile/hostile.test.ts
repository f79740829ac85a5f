/** A sample of the hostile files against a real server: sealed exactly or refused, within memory, and nothing they name is touched. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listFailed, listObjects, type Server, startServer, until } from '../support/server.ts'
import { bombs } from './bombs.ts'
import { damaged, noPicture } from './damaged.ts'
import { named, UNDECODABLE_NAMES } from './names.ts'
import { type Observer, observe } from './observe.ts'
import { polyglots } from './polyglots.ts'
import { attack } from './siege.ts'
import { drawings } from './svg.ts'
import { setTrap, type Trap } from './trap.ts'

/** How many of each kind; `npm run prove -- hostile` takes all, and looks at the clock. */
const SAMPLE = 6
const BOMBS = [
  'PNG of zeros, 50,000 by 50,000',
  'PNG of 100 megapixels, interlaced',
  'PNG whose profile inflates to 512 MiB',
  'TIFF whose directory follows itself',
  'TIFF whose EXIF is its own directory',
  'TIFF that says 4,294,967,295 squared',
  'GIF of 10,000 frames',
  'JPEG whose header says 65,535 squared',
]
/** The clock is the proof's: this machine may be busy with other tests. */
const UNTIMED = { seconds: Number.POSITIVE_INFINITY, growthMiB: 300, answerMs: Number.POSITIVE_INFINITY }

let root: string
let trap: Trap
let server: Server
let observer: Observer

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'safelight-hostile-'))
  trap = await setTrap(root)
  server = await startServer({ home: join(root, 'home') })
  await server.api('/api/samples', { method: 'POST' })
  await until('the samples', async () => (await listObjects(server)).length === 3)
  observer = observe(server)
})
afterAll(async () => {
  await server.stop()
  await trap[Symbol.asyncDispose]()
  rmSync(root, { recursive: true, force: true })
})

function spread<T>(list: readonly T[]): readonly T[] {
  const step = Math.max(1, Math.floor(list.length / SAMPLE))
  return list.filter((_, i) => i % step === 0)
}

const kinds = {
  bombs: () => bombs.filter(({ what }) => BOMBS.includes(what)),
  'damaged files': () => spread(damaged(7, 1)),
  'no pictures': () => noPicture(7),
  polyglots: () => spread(polyglots(trap.host, trap.file)),
  drawings: () => spread(drawings(trap.host, trap.file)),
  names: () => spread(named),
}

test.each(Object.entries(kinds))(
  '%s are sealed exactly, unseen where they must be, in bounded memory',
  async (_, files) => {
    expect(files().length).toBeGreaterThan(2)
    for (const file of files()) {
      const bytes = await file.make()
      const encodedName = encodeURIComponent(file.fileName ?? file.what)
      const { fate, wrong } = await attack(server, observer, { file, bytes, encodedName }, UNTIMED)
      expect({ what: file.what, fate: fate.kind, wrong }).toEqual({ what: file.what, fate: 'sealed', wrong: [] })
    }
  },
)

test('a name that is no UTF-8 is refused in words, and nothing is taken', async () => {
  const before = await listObjects(server)
  for (const encodedName of Object.values(UNDECODABLE_NAMES)) {
    const { fate } = await attack(
      server,
      observer,
      { file: { what: '' }, bytes: new Uint8Array(9), encodedName },
      UNTIMED,
    )
    expect(fate).toMatchObject({ kind: 'refused', message: 'X-File-Name is not percent-encoded UTF-8' })
  }
  expect(await listObjects(server)).toEqual(before)
  expect(await listFailed(server)).toEqual([])
})

test('no host and no file that they name was touched, and the trap would have told', async () => {
  expect(trap.touched()).toEqual({ connections: 0, reads: 0 })
  expect(await trap.spring()).toEqual({ connection: true, read: true })
})
