/** Browsers run the chaos room too: with WebAssembly where the page's content policy lets it, without where it doesn't. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { KNOWN_GOOD } from '../../shared/chaos/checks.ts'
import { chunkPermutation } from '../../shared/chaos/permutation.ts'
import { launch } from '../browser/chromium.ts'

const ROOM = new URL('../../shared/chaos/', import.meta.url)
const SEED = Uint8Array.from({ length: 32 }, (_, i) => i)
const LENGTHS = [16_384, 1000]
/** Runs in the page. It answers which kernel ran, and the permuted chunks. */
const PROGRAM = `
  import { simdKernel } from '/kernel.ts'
  import { chunkPermutation } from '/permutation.ts'
  const permutation = chunkPermutation(Uint8Array.from({ length: 32 }, (_, i) => i), ${JSON.stringify(KNOWN_GOOD)})
  const chunks = ${JSON.stringify(LENGTHS)}.map((length) => Uint8Array.from({ length }, (_, i) => (i * 7) >> 4))
  const permuted = chunks.map((chunk) => permutation.forward(chunk, 5).slice())
  const back = permuted.map((chunk) => permutation.back(chunk.slice(), 5))
  document.title = JSON.stringify({
    simd: simdKernel() !== undefined,
    permuted: permuted.map((chunk) => [...chunk]),
    same: back.every((chunk, i) => chunk.every((byte, j) => byte === chunks[i][j])),
  })`

let browser: Browser
let server: Server
let origin = ''

beforeAll(async () => {
  browser = await launch()
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://page')
    if (pathname === '/') {
      const policy = `default-src 'none'; script-src 'self' ${searchParams.get('wasm') ? "'wasm-unsafe-eval'" : ''}`
      response.writeHead(200, { 'Content-Type': 'text/html', 'Content-Security-Policy': policy })
      response.end('<script type="module" src="/program.ts"></script>')
      return
    }
    if (!/^\/[a-z]+\.ts$/.test(pathname)) {
      response.writeHead(404).end()
      return
    }
    const code = pathname === '/program.ts' ? PROGRAM : readFileSync(new URL(`.${pathname}`, ROOM), 'utf8')
    response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(stripTypeScriptTypes(code))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  origin = `http://127.0.0.1:${address.port}`
})

afterAll(async () => {
  await browser?.close()
  server?.close()
})

test.each([
  ['lets WebAssembly run', '/?wasm=yes', true],
  ['forbids WebAssembly', '/', false],
])('a page whose policy %s permutes as the server does', async (_policy, path, simd) => {
  const page = await browser.newPage()
  try {
    await page.goto(`${origin}${path}`)
    await page.waitForFunction('document.title !== ""')
    const answer: { simd: boolean; permuted: number[][]; same: boolean } = JSON.parse(await page.title())
    expect(answer.simd).toBe(simd)
    expect(answer.same).toBe(true)
    const permutation = chunkPermutation(SEED, KNOWN_GOOD)
    const expected = LENGTHS.map((length) => {
      const chunk = Uint8Array.from({ length }, (_, i) => (i * 7) >> 4)
      return [...permutation.forward(chunk, 5)]
    })
    expect(answer.permuted).toEqual(expected)
  } finally {
    await page.close()
  }
})
