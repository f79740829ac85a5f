/** A proxy before an emulator that loses the answer to some requests: done there, and never heard of here. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'

export interface LossyProxy extends AsyncDisposable {
  readonly endpoint: string
  readonly lost: () => number
}

/** @param loses asked of each request; its first answer of true costs that request its answer */
export async function loseAnswer(target: string, loses: (asked: IncomingMessage) => boolean): Promise<LossyProxy> {
  let lost = 0
  const server = createServer((asked, answer) => {
    const losing = lost === 0 && loses(asked)
    if (losing) lost++
    const { method, url, headers } = asked
    const forwarded = request(`${target}${url}`, { method, headers }, (answered) => {
      if (losing) {
        answered.resume().once('end', () => asked.socket.destroy())
        return
      }
      answer.writeHead(answered.statusCode ?? 500, answered.headers)
      answered.pipe(answer)
    })
    asked.pipe(forwarded)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    lost: () => lost,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
