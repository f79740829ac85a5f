import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jsonLines, safelight, sharedFolder, start } from './run.ts'

const folder = sharedFolder()
const home = join(folder, 'home')
const file = join(folder, 'file.txt')
const elsewhere = join(folder, 'elsewhere')
let child: ChildProcessWithoutNullStreams
let ready: Record<string, unknown> = {}
let stderr = ''

beforeAll(async () => {
  writeFileSync(file, 'served, sealed and linked')
  child = start(['serve', '--port', '0', '--json'], { home })
  child.stderr.on('data', (data) => {
    stderr += data
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  ready = JSON.parse(line)
})

afterAll(() => {
  child.kill('SIGKILL')
})

describe('while serve runs', () => {
  test('it has said where, and that the keys have no backup', () => {
    expect(ready).toEqual({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{32}$/),
      linkOrigin: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      ...{ home, dropFolder: join(home, 'drop') },
    })
    expect(stderr).toContain('warning: The keys have no backup')
  })

  test('another process puts a file, and a link opens over HTTP without keys: once, and in ranges', async () => {
    const put = await safelight(['put', file, '--json'], { home })
    expect(put).toMatchObject({ code: 0, stderr: '' })
    const id = String(jsonLines(put)[0]?.id)
    const link = async (...options: string[]) => {
      const [made] = jsonLines(await safelight(['link', id, '--json', ...options], { home }))
      expect(String(made?.url).startsWith(`${ready.linkOrigin}/l/`)).toBe(true)
      return String(made?.url)
    }
    const once = await link()
    const opened = await safelight(['open', once, '-o', join(folder, 'opened')], { home: elsewhere })
    expect(opened).toMatchObject({ code: 0, stderr: '' })
    expect(readFileSync(join(folder, 'opened'))).toEqual(readFileSync(file))
    const again = await safelight(['open', once], { home: elsewhere })
    expect(again).toMatchObject({ code: 1, stdout: '', stderr: 'error: this link has been used up (410)\n' })
    const part = await safelight(['open', await link(), '--range', '8-13'], { home: elsewhere })
    expect(part).toMatchObject({ code: 0, stdout: 'sealed' })
    const forged = `${once.slice(0, -1)}${once.endsWith('A') ? 'B' : 'A'}`
    expect(await safelight(['open', forged], { home: elsewhere })).toMatchObject({
      ...{ code: 1, stderr: 'error: not found (404)\n' },
    })
  })

  test.each(['kem-0001.seed', 'data.key'])(
    'nothing is erased, and everybody told, while keys/%s is in its memory alone',
    async (name) => {
      const key = join(home, 'keys', name)
      const dropped = () => readdirSync(join(home, 'drop'), { recursive: true, encoding: 'utf8' })
      const isTaken = () => dropped().some((entry) => entry.endsWith(`${name}.txt`))
      renameSync(key, join(folder, name))
      const before = stderr.length
      try {
        writeFileSync(join(home, 'drop', `${name}.txt`), 'of which there is one copy')
        const refused = /"event":"failed","stage":"\w+","reason":"unavailable"/
        while (!refused.test(stderr.slice(before))) await sleep(50)
        expect(isTaken()).toBe(true)
        const { origin, hash } = new URL(String(ready.url))
        const headers = { authorization: `Bearer ${hash.slice('#token='.length)}` }
        const status = await (await fetch(`${origin}/api/status`, { headers })).text()
        expect(status).toMatch(
          name === 'data.key' ? /keys\/data.key is missing/ : /private key of generation 1 is missing/,
        )
        expect(status).toMatch(/safelight keys restore/)
      } finally {
        renameSync(join(folder, name), key)
      }
      // It goes on by itself.
      while (isTaken()) await sleep(50)
    },
  )

  test('a second one on the same port is refused with the way out', async () => {
    const { port } = new URL(String(ready.url))
    const second = await safelight(['serve', '--port', port], { home: join(folder, 'second') })
    expect(second).toMatchObject({ code: 1, stdout: '' })
    const links = Number(port) + 1
    expect(second.stderr).toContain(`error: port ${port} is taken; the console wants ${port} and the links ${links}\n`)
    expect(second.stderr).toMatch(/^hint: .*safelight serve --port N/m)
    const npm = { npm_lifecycle_event: 'start' }
    const third = await safelight(['serve', '--port', port], { home: join(folder, 'second'), env: npm })
    expect(third.stderr).toMatch(/^hint: .*npm start -- --port N/m)
  })

  test('Ctrl-C stops it in good order, and a link to it then says so', async () => {
    const closed = once(child, 'close')
    child.kill('SIGINT')
    expect(await closed).toEqual([0, null])
    const url = `${ready.linkOrigin}/l/${'A'.repeat(116)}`
    expect(await safelight(['open', url], { home: elsewhere })).toMatchObject({
      ...{ code: 1, stderr: expect.stringMatching(/^error: the server of this link does not answer\nhint: /) },
    })
  })
})
