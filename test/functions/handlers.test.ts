/** The four functions over a real local deployment: SQS events and HTTP requests in, partial batches and answers out. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { linkHandler } from '../../functions/link/handler.ts'
import { openHandler } from '../../functions/open/handler.ts'
import { sealHandler } from '../../functions/seal/handler.ts'
import { verifyHandler } from '../../functions/verify/handler.ts'
import type { SealOutcome } from '../../shared/flow/seal.ts'
import type { VerifyOutcome } from '../../shared/flow/verify.ts'
import { collect, streamOf } from '../support/memory.ts'
import { commit, makeWorld, smallPicture, type World } from '../support/world.ts'

let world: World
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

type Told = { readonly key: string; readonly versionId?: string; readonly sequencer?: string }

function sqs(bucket: string, ...objects: readonly Told[]) {
  return {
    Records: objects.map((object, i) => ({
      messageId: `m${i}`,
      attributes: { ApproximateReceiveCount: '1' },
      body: JSON.stringify({ Records: [{ eventName: 'ObjectCreated:Put', s3: { bucket: { name: bucket }, object } }] }),
    })),
  }
}

describe('seal and verify', () => {
  test('take an upload from event to committed object', async () => {
    const picture = await smallPicture()
    const { ref } = await world.arrive(picture)
    const sealed: SealOutcome[] = []
    const verified: VerifyOutcome[] = []
    const onError = (_: string, error: unknown) => {
      throw error
    }
    const seal = sealHandler({
      ports: world.ports,
      bucketName: 'the-intake',
      onSealed: (outcome) => void sealed.push(outcome),
      onError,
    })
    const verify = verifyHandler({
      ports: world.ports,
      bucketName: 'the-vault',
      onVerified: (outcome) => void verified.push(outcome),
      onError,
    })
    expect(await seal(sqs('the-intake', { key: ref.key, versionId: ref.versionId, sequencer: '0A' }))).toEqual({
      batchItemFailures: [],
    })
    const [outcome] = sealed
    if (outcome?.outcome !== 'sealed') throw new Error('sealed')
    expect(await verify(sqs('the-vault', outcome.stored))).toEqual({ batchItemFailures: [] })
    expect(verified).toEqual([{ outcome: 'committed', objectId: outcome.objectId }])
    expect(await world.ports.catalogue.object(outcome.objectId)).toMatchObject({ sequencer: '0A' })
  })

  test('take the latest version where the event names none, and nothing where there is none', async () => {
    const { ref } = await world.arrive(await smallPicture())
    const sealed: SealOutcome[] = []
    const seal = sealHandler({
      ports: world.ports,
      bucketName: 'the-intake',
      onSealed: (outcome) => void sealed.push(outcome),
      onError: () => {},
    })
    await seal(sqs('the-intake', { key: ref.key }, { key: 'not-there' }))
    expect(sealed.map(({ outcome }) => outcome)).toEqual(['sealed'])
  })

  test('give back the one message that failed, and tell why without its key', async () => {
    const { ref } = await world.arrive(await smallPicture())
    const errors: [string, unknown][] = []
    const onError = (id: string, error: unknown) => void errors.push([id, error])
    const event = sqs(
      'the-intake',
      { key: '../outside', versionId: 'v' },
      { key: ref.key },
      { key: 'Zaphod Beeblebrox', versionId: 'v' },
    )
    const response = await sealHandler({ ports: world.ports, bucketName: 'the-intake', onError })(event)
    expect(response.batchItemFailures).toEqual([{ itemIdentifier: 'm0' }, { itemIdentifier: 'm2' }])
    expect(errors.map(([id]) => id)).toEqual(['m0', 'm2'])
    expect(String(errors.map(([, error]) => error))).not.toMatch(/outside|Zaphod/)
    expect(await world.keysOf('vault', 'o/')).toHaveLength(1)
  })
})

describe('an event that an emulator sends', () => {
  const bridged = (key: string, version?: string) => ({
    Records: [
      {
        messageId: 'm',
        body: JSON.stringify({
          'detail-type': 'Object Created',
          detail: { bucket: { name: 'the-intake' }, object: { key, 'version-id': version, sequencer: '0A' } },
        }),
      },
    ],
  })

  async function sealedBy(event: unknown) {
    const outcomes: SealOutcome[] = []
    const onSealed = (outcome: SealOutcome) => void outcomes.push(outcome)
    const onError = (_: string, error: unknown) => {
      throw error
    }
    await sealHandler({ ports: world.ports, bucketName: 'the-intake', onSealed, onError })(event)
    return outcomes.map(({ outcome }) => outcome)
  }

  test('without a version is about every version there is', async () => {
    const { ref } = await world.arrive(await smallPicture(1))
    await world.ports.objects.put('intake', ref.key, streamOf(await smallPicture(2)))
    await world.ports.objects.put('intake', `${ref.key}0`, streamOf(await smallPicture(3)))
    expect(await sealedBy(bridged(ref.key))).toEqual(['sealed', 'sealed'])
    expect(await sealedBy(bridged('not-there'))).toEqual([])
  })
})

describe('open', () => {
  const request = (rawPath: string, method = 'GET', headers: Record<string, string | undefined> = {}) => ({
    version: '2.0',
    rawPath,
    rawQueryString: 'a=b',
    headers,
    requestContext: { http: { method, path: rawPath, sourceIp: '192.0.2.1' }, accountId: 'anonymous' },
  })

  async function linked() {
    const picture = await smallPicture()
    const objectId = await commit(world.ports, await world.arrive(picture))
    const answer = await linkHandler(world.ports)({ objectId }, { principal: 'owner', ip: '127.0.0.1' })
    if (!('url' in answer.body)) throw new Error('a link')
    return { picture, objectId, path: new URL(answer.body.url).pathname }
  }

  test('answers a link with its bytes, and a range of it', async () => {
    const { picture, path } = await linked()
    const errors: unknown[] = []
    const open = openHandler(world.ports, (error) => errors.push(error))
    const answer = await open(request(path, 'GET', { range: 'bytes=1-3', 'user-agent': 'curl' }))
    expect([answer.status, answer.body && (await collect(answer.body))]).toEqual([206, picture.subarray(1, 4)])
    expect(errors).toEqual([])
    expect(await world.ports.catalogue.accesses({ limit: 1 })).toMatchObject([{ ip: '192.0.2.1', userAgent: 'curl' }])
  })

  test.each([
    ['GET', '/', 404],
    ['GET', '/l/', 404],
    ['GET', '//l/x', 404],
    ['GET', '/l/../l/x', 404],
    ['GET', `/l/${'A'.repeat(116)}`, 404],
    ['GET', `/l/${'A'.repeat(100_000)}`, 404],
    ['GET', `/l/${'é'.repeat(116)}`, 404],
    ['HEAD', '/nothing', 404],
    ['POST', '/', 405],
    ['TRACE', '/l/x', 405],
    ['', '/', 405],
  ])('%s %.20s is %i', async (method, path, status) => {
    expect((await openHandler(world.ports, () => {})(request(path, method))).status).toBe(status)
  })

  test('refuses what the transport can not carry before a use is spent, and gives it in ranges', async () => {
    const { picture, path } = await linked()
    const open = openHandler(world.ports, () => {}, 16)
    const refused = await open(request(path))
    expect(refused.status).toBe(413)
    expect(refused.body && (await collect(refused.body)).toString()).toBe('ask for a range of at most 16 bytes\n')
    expect((await open(request(path, 'GET', { range: 'bytes=0-16' }))).status).toBe(413)
    expect(await world.ports.catalogue.links()).toMatchObject([{ uses: 1, usesLeft: 1 }])
    const part = await open(request(path, 'GET', { range: 'bytes=0-15' }))
    expect([part.status, part.body && (await collect(part.body))]).toEqual([206, picture.subarray(0, 16)])
  })

  test('tells what went wrong to the log alone', async () => {
    const { path } = await linked()
    const errors: unknown[] = []
    const get = async () => {
      throw new Error('Zaphod')
    }
    const ports = { ...world.ports, objects: { ...world.ports.objects, get } }
    const answer = await openHandler(ports, (error) => errors.push(error))(request(path))
    expect([answer.status, answer.body && (await collect(answer.body)).toString()]).toEqual([500, 'internal error\n'])
    expect(errors).toHaveLength(1)
  })

  test.each([undefined, null, {}, 'x', { rawPath: 7 }, { rawPath: '/', requestContext: {} }])(
    'answers the malformed event %j with 400',
    async (event) => {
      const answer = await openHandler(world.ports, () => {})(event)
      expect(answer.status).toBe(400)
      expect(answer.headers['Cache-Control']).toBe('no-store')
    },
  )

  test('does without headers', async () => {
    const { headers, ...bare } = request('/')
    expect(headers).toEqual({})
    expect((await openHandler(world.ports, () => {})(bare)).status).toBe(404)
  })
})

describe('link', () => {
  const caller = { principal: 'owner', ip: '127.0.0.1' }
  const order = (input: unknown) => linkHandler(world.ports)(input, caller)

  test('refuses orders that are none, naming what is wrong and not what was sent', async () => {
    const objectId = '0'.repeat(32)
    for (const input of [
      undefined,
      null,
      'Zaphod',
      [],
      {},
      { objectId: 'Zaphod' },
      { objectId: objectId.slice(1) },
      { objectId, rendition: 'Zaphod' },
      { objectId, uses: 0 },
      { objectId, uses: 1.5 },
      { objectId, ttlSeconds: -1 },
      { objectId, ttlSeconds: 'Zaphod' },
      { objectId, ttlSeconds: Number.POSITIVE_INFINITY },
    ]) {
      const answer = await order(input)
      expect(answer.status, JSON.stringify(input)).toBe(400)
      expect(JSON.stringify(answer.body)).not.toContain('Zaphod')
    }
  })

  test('takes the caller from the transport, never from the order', async () => {
    const objectId = await commit(world.ports, await world.arrive(await smallPicture()))
    const answer = await order({ objectId, principal: 'somebody else', ip: '192.0.2.9' })
    expect(answer.status).toBe(201)
    expect(await world.ports.catalogue.links()).toMatchObject([{ principal: 'owner' }])
    expect(await world.ports.catalogue.accesses({ limit: 1 })).toMatchObject([caller])
  })

  test('is 404 for what is not there, 403 over the limit', async () => {
    expect((await order({ objectId: '0'.repeat(32) })).status).toBe(404)
    const objectId = await commit(world.ports, await world.arrive(Buffer.from('no picture')))
    expect((await order({ objectId, rendition: 'preview' })).status).toBe(404)
    expect((await order({ objectId, uses: 11 })).status).toBe(403)
    expect((await order({ objectId, ttlSeconds: 3601 })).status).toBe(403)
    expect((await order({ objectId, ttlSeconds: 3600, uses: 10 })).status).toBe(201)
  })
})
