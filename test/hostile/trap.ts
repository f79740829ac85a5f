/** What hostile files name and nobody may touch: a file whose reading shows in its access time, and a listener that counts who connects. */
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

export interface Trap extends AsyncDisposable {
  /** `http://127.0.0.1:port` */
  readonly host: string
  /** The canary's path. */
  readonly file: string
  /** What touched it so far. */
  touched(): { readonly connections: number; readonly reads: number }
  /** Touches both on purpose. @returns whether the trap noticed each: some file systems keep no access times */
  spring(): Promise<{ readonly connection: boolean; readonly read: boolean }>
}

const LONG_AGO = new Date('2001-01-01T00:00:00Z')

/** @param folder outside of the home, an absolute path */
export async function setTrap(folder: string): Promise<Trap> {
  const file = join(folder, 'canary.png')
  writeFileSync(file, 'a canary that nobody may read')
  // Linux notes the first reading after a change, however seldom it notes others (relatime): the access must look older.
  utimesSync(file, LONG_AGO, new Date())
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the listener has no port')
  const host = `http://127.0.0.1:${address.port}`
  const touched = () => ({ connections, reads: statSync(file).atimeMs === LONG_AGO.getTime() ? 0 : 1 })
  return {
    host,
    file,
    touched,
    async spring() {
      const before = touched()
      await fetch(host).catch(() => {})
      readFileSync(file)
      const after = touched()
      return { connection: after.connections > before.connections, read: after.reads > before.reads }
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
