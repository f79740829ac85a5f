// Preloaded into Amazon's runtime client (npm aws-lambda-ric): stands in for its compiled HTTP client, which posts whole
// answers and asks for the next event. What streams an answer is JavaScript of Amazon's own and stays as it is.
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { registerHooks } from 'node:module'

const NATIVE = './rapid-client.node'
const OURS = 'safelight:rapid-client'

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === NATIVE ? { url: OURS, format: 'commonjs', shortCircuit: true } : next(specifier, context),
  load: (url, context, next) =>
    url === OURS
      ? { format: 'commonjs', source: 'module.exports = globalThis.safelightRapidClient', shortCircuit: true }
      : next(url, context),
})

const [hostname, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? '').split(':')
const agent = new Agent({ keepAlive: true })
const PATH = '/2018-06-01/runtime/invocation'

interface Answer {
  readonly bodyJson: string
  readonly headers: IncomingHttpHeaders
}

function call(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, agent, method, path: `${PATH}/${path}`, headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part) => parts.push(part)).on('error', reject)
      answer.on('end', () => resolve({ bodyJson: Buffer.concat(parts).toString('utf8'), headers: answer.headers }))
    })
    asked.on('error', reject).end(body)
  })
}

// The compiled one returns when it has posted; here the next event is asked for after that.
let posted: Promise<unknown> = Promise.resolve()
const client = {
  next: () => posted.then(() => call('GET', 'next')),
  done(id: string, body: string) {
    posted = call('POST', `${id}/response`, body)
  },
  error(id: string, body: string) {
    posted = call('POST', `${id}/error`, body, { 'Lambda-Runtime-Function-Error-Type': 'Unhandled' })
  },
}
Object.assign(globalThis, { safelightRapidClient: client })
