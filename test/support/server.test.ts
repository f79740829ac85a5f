/** Tests and proofs run commands between requests, for as long as it takes: no request may meet a connection that is being closed. */
import { expect, test } from 'vitest'
import { startServer } from './server.ts'

/** Answers on which connection it was asked, the first being 1. */
const COUNTING = `
let connections = 0
const server = require('node:http').createServer((request, response) => response.end(String(request.socket.nth)))
server.on('connection', (socket) => { socket.nth = ++connections })
server.listen(0, '127.0.0.1', () => {
  const url = 'http://127.0.0.1:' + server.address().port
  console.log(JSON.stringify({ url, linkOrigin: url, home: '', dropFolder: '' }))
})`

test('each request has a connection of its own', async () => {
  const server = await startServer({ home: '', command: [process.execPath, '-e', COUNTING] })
  try {
    for (const nth of ['1', '2', '3']) {
      const body = nth === '2' ? { method: 'POST', body: 'a body', headers: { 'X-Some': 'header' } } : {}
      expect(await (await server.api('/', body)).text()).toBe(nth)
    }
  } finally {
    await server.stop()
  }
})
