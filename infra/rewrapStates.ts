/**
 * The states of rewrapping at scale: ids begin with random digits, so 256 shares of the vault are alike, and each is
 * walked slice by slice by the same function that an operator calls.
 */

/** Each share runs one function at a time; AWS KMS and the table take more, and reads by link come first. */
const AT_ONCE = 8
const SHARDS = Array.from({ length: 256 }, (_, shard) => shard.toString(16).padStart(2, '0'))

export const REWRAP_LABEL = 'Shards'
const COUNTS = ['rewrapped', 'current', 'moved', 'failed'] as const

const counting = (count: (name: string) => string | number) =>
  Object.fromEntries(COUNTS.map((name) => [name, count(name)]))

export function rewrapStates(functionName: string): object {
  return {
    StartAt: 'Shares',
    States: {
      Shares: { Type: 'Pass', Result: SHARDS, ResultPath: '$.shards', Next: 'Rewrap' },
      Rewrap: {
        Type: 'Map',
        Label: REWRAP_LABEL,
        MaxConcurrency: AT_ONCE,
        ItemsPath: '$.shards',
        ItemSelector: { 'prefix.$': '$$.Map.Item.Value' },
        ItemProcessor: {
          // A slice takes up to a quarter of an hour, which is longer than express workflows last.
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          ...shareStates(functionName),
        },
        ResultPath: '$.shares',
        Next: 'Sum',
      },
      Sum: {
        Type: 'Pass',
        QueryLanguage: 'JSONata',
        Output: counting((name) => `{% $sum($states.input.shares.${name}) %}`),
        Next: 'Judge',
      },
      Judge: {
        Type: 'Choice',
        QueryLanguage: 'JSONata',
        Choices: [{ Condition: '{% $states.input.failed > 0 %}', Next: 'SomeFailed' }],
        Default: 'Done',
      },
      SomeFailed: {
        Type: 'Fail',
        QueryLanguage: 'JSONata',
        Error: 'SomeFailed',
        Cause: "{% 'the log of the rewrap function says which and why: ' & $string($states.input) %}",
      },
      Done: { Type: 'Succeed' },
    },
  }
}

/** One share: the function is called again and again until nothing of it is left. */
function shareStates(functionName: string): object {
  return {
    StartAt: 'Begin',
    States: {
      Begin: { Type: 'Pass', QueryLanguage: 'JSONata', Assign: counting(() => 0), Next: 'Slice' },
      Slice: {
        Type: 'Task',
        QueryLanguage: 'JSONata',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: { FunctionName: functionName, Payload: '{% $states.input %}' },
        Assign: counting((name) => `{% $${name} + $states.result.Payload.${name} %}`),
        // Without `next` at the end.
        Output:
          "{% $merge([{'prefix': $states.input.prefix}, $sift($states.result.Payload, function($v, $k) {$k = 'next'})]) %}",
        Retry: [RETRY],
        Next: 'Left',
      },
      Left: {
        Type: 'Choice',
        QueryLanguage: 'JSONata',
        Choices: [{ Condition: '{% $exists($states.input.next) %}', Next: 'Slice' }],
        Default: 'Counted',
      },
      Counted: {
        Type: 'Pass',
        QueryLanguage: 'JSONata',
        Output: counting((name) => `{% $${name} %}`),
        End: true,
      },
    },
  }
}

/** A slice that was cut off is begun again: whatever of it was done is found done. */
const RETRY = {
  ErrorEquals: ['States.ALL'],
  IntervalSeconds: 5,
  BackoffRate: 2,
  MaxAttempts: 5,
  JitterStrategy: 'FULL',
}
