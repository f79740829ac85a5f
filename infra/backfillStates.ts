/**
 * The states of a backfill: what lies in intake already is told to the seal queue, as if it had just arrived, so many a
 * second. Which objects those are is read from the bucket itself, or from an S3 Inventory of it with all versions.
 */

/** Shares at work at once, each with a batch to send, then waiting: the rate is kept by waiting. */
const AT_ONCE = 20
const BATCH = 10

export const BACKFILL_LABELS = ['Listed', 'Inventoried'] as const
export const INVENTORIES = 'inventory/'
export const RESULTS = 'results/'

export interface BackfillNames {
  readonly intakeBucket: string
  readonly queueUrl: string
  /** Where inventories are read from and results are written to. */
  readonly workBucket: string
  /** Without what LocalStack's Step Functions doesn't parse: batches, inventories, express shares, formats of results. */
  readonly plain?: boolean
}

/** The input is `{perSecond, manifest?}`: `perSecond` from 1 to 200, `manifest` the key of an inventory's manifest.json. */
export function backfillStates(names: BackfillNames): object {
  const [listed, inventoried] = BACKFILL_LABELS
  const bucket = names.workBucket
  return {
    StartAt: 'Check',
    States: {
      Check: {
        Type: 'Choice',
        Choices: [
          { Not: isRate, Next: 'WrongRate' },
          { Variable: '$.manifest', IsPresent: true, Next: inventoried },
        ],
        Default: listed,
      },
      WrongRate: { Type: 'Fail', Error: 'WrongInput', Cause: 'perSecond must be a number from 1 to 200' },
      [listed]: mapOf(names, listed, {
        Resource: 'arn:aws:states:::s3:listObjectsV2',
        Parameters: { Bucket: names.intakeBucket },
      }),
      [inventoried]: names.plain
        ? NO_INVENTORIES
        : mapOf(names, inventoried, {
            Resource: 'arn:aws:states:::s3:getObject',
            ReaderConfig: { InputType: 'MANIFEST' },
            Parameters: { Bucket: bucket, 'Key.$': '$.manifest' },
          }),
      Done: { Type: 'Succeed' },
    },
  }
}

const NO_INVENTORIES = { Type: 'Fail', Error: 'WrongInput', Cause: 'with plainMaps no inventory is read: no manifest' }

const isRate = {
  And: [
    { Variable: '$.perSecond', IsPresent: true },
    { Variable: '$.perSecond', IsNumeric: true },
    { Variable: '$.perSecond', NumericGreaterThanEquals: 1 },
    { Variable: '$.perSecond', NumericLessThanEquals: AT_ONCE * BATCH },
  ],
}

function mapOf(names: BackfillNames, label: string, reader: object): object {
  return {
    Type: 'Map',
    Label: label,
    MaxConcurrency: AT_ONCE,
    ItemReader: reader,
    ItemSelector: { 'object.$': '$$.Map.Item.Value', 'perSecond.$': '$.perSecond' },
    ...(!names.plain && { ItemBatcher: { MaxItemsPerBatch: BATCH } }),
    ItemProcessor: {
      // Express workflows keep no history, in which the keys of uploads would stay readable for months.
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: names.plain ? 'STANDARD' : 'EXPRESS' },
      ...shareStates(names),
    },
    // What millions of shares answer, be it nothing, is more than a state may hold.
    ResultWriter: {
      Resource: 'arn:aws:states:::s3:putObject',
      Parameters: { Bucket: names.workBucket, Prefix: RESULTS },
      ...(!names.plain && { WriterConfig: { Transformation: 'COMPACT', OutputType: 'JSONL' } }),
    },
    ResultPath: null,
    Next: 'Done',
  }
}

function shareStates({ intakeBucket, queueUrl, plain = false }: BackfillNames): object {
  return {
    StartAt: 'Tell',
    States: {
      Tell: {
        Type: 'Pass',
        QueryLanguage: 'JSONata',
        Output: { messages: messagesFor(intakeBucket), seconds: secondsFor(plain ? 1 : BATCH) },
        Next: 'SendAll',
      },
      SendAll: {
        Type: 'Map',
        QueryLanguage: 'JSONata',
        Items: '{% $states.input.messages %}',
        ItemProcessor: {
          ProcessorConfig: { Mode: 'INLINE' },
          StartAt: 'Send',
          States: {
            Send: {
              Type: 'Task',
              QueryLanguage: 'JSONata',
              Resource: 'arn:aws:states:::sqs:sendMessage',
              Arguments: { QueueUrl: queueUrl, MessageBody: '{% $states.input %}' },
              Output: {},
              Retry: [RETRY],
              End: true,
            },
          },
        },
        Output: { seconds: '{% $states.input.seconds %}' },
        Next: 'Pace',
      },
      Pace: { Type: 'Wait', QueryLanguage: 'JSONata', Seconds: '{% $states.input.seconds %}', Output: {}, End: true },
    },
  }
}

/** At most 62 s in all: express workflows end after five minutes, and a share may wait 200 s. */
const RETRY = {
  ErrorEquals: ['States.ALL'],
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxAttempts: 5,
  JitterStrategy: 'FULL',
}

/** Emulators hand objects over one by one, AWS in batches. */
const OBJECTS = '$batch := $exists($states.input.Items) ? $states.input.Items : [$states.input];'

/** The shares that are at work at once send their batches, and then wait for as long as those may take. */
function secondsFor(batch: number): string {
  return `{% ( ${OBJECTS} $ceil(${AT_ONCE * batch} / $batch[0].perSecond) ) %}`
}

/**
 * EventBridge's form of what arrives: seal takes its key encoded or not. A listing names no version, and seal looks what
 * there is; its newest must count as newer than those before it, so its time is rounded up to the end of the second.
 */
function messagesFor(bucket: string): string {
  return `{% (
    ${OBJECTS}
    $uploads := $batch[$not(object.IsDeleteMarker in ['true', 'TRUE', true])].object;
    [$map($uploads, function($upload) {(
      $when := $exists($upload.LastModified) ? $upload.LastModified : $upload.LastModifiedDate;
      $seconds := $type($when) = 'number' ? $when : $floor($toMillis($when) / 1000);
      $string({
        'detail-type': 'Object Created',
        'detail': {
          'bucket': {'name': '${bucket}'},
          'object': $merge([
            {'key': $upload.Key, 'sequencer': '00' & $uppercase($formatBase($seconds, 16)) & 'FFFFFFFF'},
            $exists($upload.VersionId) ? {'version-id': $upload.VersionId} : {}
          ])
        }
      })
    )})]
  ) %}`.replaceAll(/\s+/g, ' ')
}
