/** Links over the Function URL: who asks is whom AWS authenticated, and the policy says what they may link. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { linkHandler } from '../../functions/link/handler.ts'
import { linkUrlHandler } from '../../functions/link/url.ts'
import { Unavailable } from '../../shared/platform/ports.ts'
import { commit, makeWorld, PREVIEWS, smallPicture, type World } from '../support/world.ts'

const USER = 'arn:aws:iam::000000000000:user/ford'
/** Lambda's own id of the invocation, which nobody knows before. */
const INVOKED = { awsRequestId: '8f2a4a1e-54a0-4a5e-9d6e-0c9f0a7c1b2d' }
let world: World
let objectId: string
const errors: unknown[] = []
beforeEach(async () => {
  world = await makeWorld()
  objectId = await commit(world.ports, await world.arrive(await smallPicture()))
  errors.length = 0
})
afterEach(() => world[Symbol.asyncDispose]())

/** As AWS sends it, shortened. */
function signed(order: unknown, more: Record<string, unknown> = {}) {
  const iam = { accessKey: 'AKIA', accountId: '000000000000', callerId: 'AIDA', userArn: USER, userId: 'AIDA' }
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/',
    headers: { 'user-agent': 'aws-sdk', 'x-forwarded-for': '192.0.2.7' },
    requestContext: {
      requestId: INVOKED.awsRequestId,
      authorizer: { iam },
      http: { method: 'POST', path: '/', sourceIp: '192.0.2.7', userAgent: 'aws-sdk' },
    },
    body: JSON.stringify(order),
    isBase64Encoded: false,
    ...more,
  }
}

function ask(event: unknown, ports = world.ports) {
  return askAs({ ports, believesInvoker: false }, event, INVOKED)
}

function askDirectly(event: unknown, invoked: typeof INVOKED | undefined, believesInvoker: boolean) {
  return askAs({ ports: world.ports, believesInvoker }, event, invoked)
}

async function askAs(
  { ports, believesInvoker }: { readonly ports: World['ports']; readonly believesInvoker: boolean },
  event: unknown,
  invoked: typeof INVOKED | undefined,
) {
  const handler = linkUrlHandler({ link: linkHandler(ports), onError: (error) => errors.push(error), believesInvoker })
  const { statusCode, body, headers } = await handler(event, invoked)
  expect(headers['Cache-Control']).toBe('no-store')
  return { status: statusCode, body: JSON.parse(body) }
}

test('a signed order makes a link of whom AWS names', async () => {
  expect(await ask(signed({ objectId, principal: 'somebody else' }))).toMatchObject({ status: 201 })
  expect(await world.ports.catalogue.links()).toMatchObject([{ principal: USER }])
  expect(await world.ports.catalogue.accesses({ limit: 1 })).toMatchObject([
    { principal: USER, ip: '192.0.2.7', userAgent: 'aws-sdk' },
  ])
})

test('a body in base64 is the same order', async () => {
  const body = Buffer.from(JSON.stringify({ objectId })).toString('base64')
  expect(await ask(signed({}, { body, isBase64Encoded: true }))).toMatchObject({ status: 201 })
})

test('whoever AWS did not authenticate gets no link, whatever they say', async () => {
  const { requestContext, ...rest } = signed({ objectId })
  for (const event of [
    undefined,
    {},
    { ...rest, requestContext: { http: requestContext.http } },
    { ...rest, requestContext: { http: requestContext.http, authorizer: {} } },
    { ...rest, requestContext: { http: requestContext.http, authorizer: { iam: { userArn: '' } } } },
  ]) {
    expect((await ask(event)).status).toBe(403)
  }
  expect(await world.ports.catalogue.links()).toEqual([])
})

test('whoever invokes the function directly gets no link in anybody’s name, unless an emulator is told to believe it', async () => {
  const forged = [{ requestId: undefined }, { requestId: '' }, { requestId: 'guessed' }].map((changes) => {
    const { requestContext, ...rest } = signed({ objectId })
    return { ...rest, requestContext: { ...requestContext, ...changes } }
  })
  for (const event of forged) {
    expect(await ask(event)).toMatchObject({ status: 403, body: { error: 'order links at the URL of this function' } })
  }
  const nameless = [undefined, { awsRequestId: '' }]
  for (const invoked of nameless) {
    for (const event of forged) expect((await askDirectly(event, invoked, false)).status).toBe(403)
  }
  expect(await world.ports.catalogue.links()).toEqual([])
  for (const event of forged) expect((await askDirectly(event, undefined, true)).status).toBe(201)
})

test.each(['', 'no JSON', '{'])('the body %j is 400', async (body) => {
  expect((await ask(signed({}, { body }))).status).toBe(400)
})

test('only POST makes links', async () => {
  const { requestContext } = signed({})
  const http = { ...requestContext.http, method: 'GET' }
  expect((await ask(signed({ objectId }, { requestContext: { ...requestContext, http } }))).status).toBe(405)
})

test('the policy says who may link what, and names no principal when it refuses', async () => {
  const under = (highest: 'confidential' | 'restricted') => ({
    ...world.ports,
    policy: { ...PREVIEWS, linkers: [{ principal: 'arn:aws:iam::*:user/ford', highest }] },
  })
  expect((await ask(signed({ objectId }), under('confidential'))).status).toBe(403)
  expect(await world.ports.catalogue.links()).toEqual([])
  expect((await ask(signed({ objectId }), under('restricted'))).status).toBe(201)
})

test('what does not answer is 503, told to the log alone', async () => {
  const catalogue = {
    ...world.ports.catalogue,
    object: async () => {
      throw new Unavailable('Zaphod')
    },
  }
  const answer = await ask(signed({ objectId }), { ...world.ports, catalogue })
  expect(answer).toEqual({ status: 503, body: { error: 'no link was made, try again' } })
  expect(errors).toHaveLength(1)
})
