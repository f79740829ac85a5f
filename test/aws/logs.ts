/** Everything that functions logged on an emulator, as CloudWatch Logs gives it back. */
import * as z from 'zod'
import type { Emulator } from './emulator.ts'

const groups = z.object({ logGroups: z.array(z.object({ logGroupName: z.string() })) })
const events = z.object({ events: z.array(z.object({ message: z.string() })), nextToken: z.string().optional() })

/** Emulators take requests that nobody signed. */
async function ask<T extends z.ZodType>(
  { endpoint }: Pick<Emulator, 'endpoint'>,
  action: string,
  body: object,
  answer: T,
): Promise<z.output<T>> {
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `Logs_20140328.${action}`,
    authorization:
      'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=0',
  }
  const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(body) })
  return answer.parse(await response.json())
}

export async function logsOf(emulator: Pick<Emulator, 'endpoint'>): Promise<readonly string[]> {
  const { logGroups } = await ask(emulator, 'DescribeLogGroups', {}, groups)
  const lines: string[] = []
  for (const { logGroupName } of logGroups) {
    for (let nextToken: string | undefined; ; ) {
      const page: z.infer<typeof events> = await ask(emulator, 'FilterLogEvents', { logGroupName, nextToken }, events)
      lines.push(...page.events.map(({ message }) => message))
      nextToken = page.nextToken
      if (nextToken === undefined) break
    }
  }
  return lines
}
