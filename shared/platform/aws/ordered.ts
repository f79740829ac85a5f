/**
 * Ordering a link. On AWS it is a signed request to the link function's URL, whose event says who signed. Emulators check
 * and pass on no such thing: there the function is invoked with the event that AWS would have made, as the emulator's root.
 */
import * as z from 'zod'
import type { Invoke } from './invoke.ts'
import { postSigned } from './signed.ts'

const response = z.object({ body: z.string() })

/** @returns what the function answered, a link or a refusal in words. @throws Unavailable */
export async function orderLink(
  { LinkUrl, LinkFunctionName }: { readonly LinkUrl: string; readonly LinkFunctionName: string },
  order: unknown,
  invoke: Invoke,
): Promise<unknown> {
  if (process.env.AWS_ENDPOINT_URL === undefined) return (await postSigned(LinkUrl, order)).body
  const event = {
    body: JSON.stringify(order),
    requestContext: {
      http: { method: 'POST', sourceIp: '127.0.0.1' },
      authorizer: { iam: { userArn: 'arn:aws:iam::000000000000:root' } },
    },
  }
  return JSON.parse(response.parse(await invoke(LinkFunctionName, event)).body)
}
