/** The two forms in which a bucket tells of an object, and what becomes of a batch of which one message is wrong. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { forEachCreated, WrongBucket } from '../../functions/batch.ts'
import { type Created, createdObjects } from '../../functions/s3-events.ts'
import { MOST_DEATHS } from '../../shared/flow/deaths.ts'

function notification(key: string, more: Record<string, unknown> = {}, eventName = 'ObjectCreated:Put') {
  return {
    Records: [{ eventVersion: '2.1', eventName, s3: { bucket: { name: 'b' }, object: { key, size: 1, ...more } } }],
  }
}

function bridged(key: string, more: Record<string, unknown> = {}) {
  const detail = { version: '0', bucket: { name: 'b' }, object: { key, size: 1, ...more }, reason: 'PutObject' }
  return { version: '0', 'detail-type': 'Object Created', source: 'aws.s3', detail }
}

const created = (value: unknown) => createdObjects(JSON.stringify(value))

describe("S3's own notification", () => {
  test('names bucket, key, version and sequencer', () => {
    const expected = { bucketName: 'b', key: 'k', versionId: 'v', sequencer: '00A1' }
    expect(created(notification('k', { versionId: 'v', sequencer: '00A1' }))).toEqual([expected])
  })

  test('may lack version and sequencer', () => {
    expect(created(notification('k'))).toEqual([{ bucketName: 'b', key: 'k', sequencer: '0' }])
  })

  test.each([
    ['a+b', 'a b'],
    ['a%2Bb', 'a+b'],
    ['%C3%84rztin%2F1.jpg', 'Ärztin/1.jpg'],
    ['100%25', '100%'],
    ['a%20b', 'a b'],
  ])('carries keys form-encoded: %s is %s', (encoded, key) => {
    expect(created(notification(encoded))).toMatchObject([{ key }])
  })

  test('of any key says that key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (key) => {
        const encoded = encodeURIComponent(key).replaceAll('%20', '+')
        expect(created(notification(encoded))).toMatchObject([{ key }])
      }),
    )
  })

  test('of another kind is nothing to do', () => {
    expect(created(notification('k', {}, 'ObjectRemoved:Delete'))).toEqual([])
    expect(created(notification('k', {}, 's3:ObjectCreated:CompleteMultipartUpload'))).toHaveLength(1)
    expect(created({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'b' })).toEqual([])
    expect(created({ Records: [] })).toEqual([])
  })

  test('of several objects says each', () => {
    const Records = [...notification('a').Records, ...notification('b').Records]
    expect(created({ Records }).map(({ key }) => key)).toEqual(['a', 'b'])
  })
})

test('who uploaded is whom the store names; an event that names nobody leaves it open', () => {
  const told = notification('k')
  const [record] = told.Records
  expect(created(told)[0]).not.toHaveProperty('uploader')
  const Records = [{ ...record, userIdentity: { principalId: 'AWS:AIDA1' } }]
  expect(created({ Records })).toMatchObject([{ uploader: 'AWS:AIDA1' }])
  expect(created({ Records: [{ ...record, userIdentity: {} }] })[0]).not.toHaveProperty('uploader')
})

describe("EventBridge's form", () => {
  test('of any key says that key, and what it would be if an emulator encoded it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (key) => {
        expect(created(bridged(key))).toMatchObject([{ key, uploader: 'account' }])
        const [encoded] = created(bridged(encodeURIComponent(key)))
        expect(encoded?.decodedKey ?? encoded?.key).toBe(key)
      }),
    )
  })

  test('may lack the version', () => {
    for (const version of [undefined, null, '']) {
      expect(created(bridged('k', { 'version-id': version }))[0]).not.toHaveProperty('versionId')
    }
  })

  test("is understood with LocalStack's reasons", () => {
    const value = bridged('k')
    const detail = { ...value.detail, reason: 's3:ObjectCreated:CompleteMultipartUpload' }
    expect(created({ ...value, detail })).toMatchObject([{ key: 'k' }])
  })

  test('says the same, with keys as they are', () => {
    const value = bridged('a+b%20c', { 'version-id': 'v', sequencer: '01' })
    expect(created(value)).toEqual([
      { bucketName: 'b', key: 'a+b%20c', decodedKey: 'a b c', versionId: 'v', sequencer: '01', uploader: 'account' },
    ])
  })
})

const BROKEN = [
  '',
  'no JSON',
  'null',
  '[]',
  '{}',
  '{"Records":{}}',
  '{"Records":[{"eventName":"ObjectCreated:Put"}]}',
  '{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":7}}}]}',
  '{"detail-type":"Object Created","detail":{}}',
  JSON.stringify(notification('%')),
  JSON.stringify(notification('%ff')),
]

test('whatever the body is, it is objects or an error, never a guess', () => {
  const anything = fc.oneof(
    fc.string(),
    fc.json(),
    fc.anything().map((value) => JSON.stringify(value) ?? ''),
  )
  fc.assert(
    fc.property(anything, (body) => {
      let objects: readonly Created[] = []
      try {
        objects = createdObjects(body)
      } catch {}
      for (const { key, bucketName } of objects) expect([typeof key, typeof bucketName]).toEqual(['string', 'string'])
    }),
  )
})

test.each(BROKEN)('%s is refused', (body) => {
  expect(() => createdObjects(body)).toThrow()
})

describe('a batch', () => {
  const record = (messageId: string, body: string, deaths?: string) => ({
    messageId,
    body,
    receiptHandle: 'r',
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1' },
    ...(deaths !== undefined && { messageAttributes: { deaths: { stringValue: deaths, dataType: 'Number' } } }),
  })
  const good = (key: string) => JSON.stringify(notification(key))

  test('sends back only what failed, and does the rest', async () => {
    const seen: [string, number][] = []
    const errors: string[] = []
    const Records = [
      record('1', good('a'), '1'),
      ...BROKEN.map((body, i) => record(`broken-${i}`, body)),
      record('2', good('fails'), '3'),
      record('3', JSON.stringify(bridged('c')), '2'),
    ]
    const response = await forEachCreated(
      { Records },
      'b',
      async ({ key }, deaths) => {
        if (key === 'fails') throw new Error('it fails')
        seen.push([key, deaths])
      },
      (messageId) => errors.push(messageId),
    )
    expect(seen).toEqual([
      ['a', 1],
      ['c', 2],
    ])
    const failed = [...BROKEN.map((_, i) => `broken-${i}`), '2']
    expect(response).toEqual({ batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) })
    expect(errors).toEqual(failed)
  })

  test.each([undefined, '', '-1', 'many', '1.5'])('a count of deaths of %j is none', async (count) => {
    const counts: number[] = []
    const each = async (_: Created, deaths: number) => void counts.push(deaths)
    await forEachCreated({ Records: [record('1', good('a'), count)] }, 'b', each, () => {})
    expect(counts).toEqual([0])
  })

  test.each([
    [undefined, 0],
    ['0', 0],
    ['1', 0],
    ['3', 0],
    ['4', MOST_DEATHS],
    ['5', MOST_DEATHS],
    ['many', 0],
  ])('received %s times by SQS is as if looking had ended %i processes', async (receipts, deaths) => {
    const counts: number[] = []
    const Records = [{ ...record('1', good('a')), attributes: { ApproximateReceiveCount: receipts } }]
    await forEachCreated(
      { Records },
      'b',
      async (_, count) => void counts.push(count),
      () => {},
    )
    expect(counts).toEqual([deaths])
  })

  test('of another bucket is given back, and nothing is done for it', async () => {
    const seen: string[] = []
    const reasons: unknown[] = []
    const event = { Records: [record('1', good('a')), record('2', JSON.stringify(bridged('c')))] }
    const each = async ({ key }: Created) => void seen.push(key)
    const response = await forEachCreated(event, 'another', each, (_, error) => void reasons.push(error))
    expect(response.batchItemFailures).toHaveLength(2)
    expect([seen, reasons]).toEqual([[], [expect.any(WrongBucket), expect.any(WrongBucket)]])
  })

  test.each([
    ['00A1', '00A1'],
    ['', '0'],
    ['not hex', '0'],
    ['f'.repeat(65), '0'],
  ])('a sequencer of %j is %s', (given, taken) => {
    expect(created(notification('k', { sequencer: given }))).toMatchObject([{ sequencer: taken }])
    expect(created(bridged('k', { sequencer: given }))).toMatchObject([{ sequencer: taken }])
  })

  test('of nothing fails nothing; what is no batch at all is an error', async () => {
    expect(
      await forEachCreated(
        { Records: [] },
        'b',
        async () => {},
        () => {},
      ),
    ).toEqual({ batchItemFailures: [] })
    for (const event of [undefined, null, {}, { Records: [{}] }]) {
      await expect(
        forEachCreated(
          event,
          'b',
          async () => {},
          () => {},
        ),
      ).rejects.toThrow()
    }
  })
})
