/**
 * The open function: a Lambda Function URL's HTTP request in (payload format 2.0), status, headers and a stream of
 * verified plaintext out. What a stream does after a failure is the transport's part: destroy, never end.
 */
import * as z from 'zod'
import { type Answer, answerTo, plain } from '../../shared/flow/answer.ts'
import { type ReadPorts, readByLink } from '../../shared/flow/open.ts'

const urlEvent = z.object({
  rawPath: z.string(),
  headers: z.record(z.string(), z.string().optional()).default({}),
  requestContext: z.object({ http: z.object({ method: z.string(), sourceIp: z.string() }) }),
})
export type UrlEvent = z.input<typeof urlEvent>

/**
 * @param onError told what went wrong, without token or name, and with the object's id once that is proven; clients only learn that it did
 * @param mostBytes what can be carried in one answer; without end unless told
 */
export function openHandler(
  ports: ReadPorts,
  onError: (error: unknown, object?: string) => void,
  mostBytes?: number,
): (event: unknown) => Promise<Answer> {
  return async (event) => {
    const parsed = urlEvent.safeParse(event)
    if (!parsed.success) return plain(400, 'bad request\n')
    const { rawPath: path, headers, requestContext } = parsed.data
    const { method, sourceIp: ip } = requestContext.http
    const { range, 'user-agent': userAgent } = headers
    const optional = {
      ...(range !== undefined && { range }),
      ...(userAgent !== undefined && { userAgent }),
      ...(mostBytes !== undefined && { mostBytes }),
    }
    let object: string | undefined
    const onObject = (id: string) => {
      object = id
    }
    try {
      return await readByLink(ports, { method, path, ip, onObject, ...optional })
    } catch (error) {
      onError(error, object)
      return answerTo(error)
    } finally {
      await ports.events.flush()
    }
  }
}
