/** The failed list as people see it, and another try. */
import { indexOf } from '../../shared/flow/source.ts'
import type { LocalQueue } from '../../shared/platform/local/queue.ts'
import type { FailedItem } from '../console/api.ts'
import type { Deployment } from '../deployment.ts'
import { createdMessage, sequencerAt } from './arrivals.ts'
import { keyOf, STAGES, uploadOf } from './pump.ts'
import { hintOf } from './reasons.ts'

export function failedItems(queue: Pick<LocalQueue, 'failed'>): FailedItem[] {
  return STAGES.flatMap((stage) =>
    queue.failed(stage).map(({ id, body, reason, receiveCount, failedAt }) => ({
      id,
      upload: uploadOf({ body }),
      stage,
      reason,
      hint: hintOf(reason),
      attempts: receiveCount,
      time: new Date(failedAt).toISOString(),
    })),
  )
}

/**
 * Tries a failed item again. What failed to verify is sealed again from intake: the same sealed object would only fail
 * the same way. @returns false when there is no such item
 */
export async function retry(
  { queue, objects, catalogue, primitives, secrets }: Deployment,
  id: string,
): Promise<boolean> {
  const item = queue.failed().find((failed) => failed.id === id)
  if (!item) return false
  const info = item.queue === 'verify' ? await objects.head('intake', uploadOf(item)) : undefined
  if (!info) {
    queue.redrive(id)
    return true
  }
  const indexKey = await secrets.indexKey()
  const { source } = indexOf(primitives, indexKey, { ...info, version: info.versionId })
  if (!(await catalogue.bySource(source))) queue.send('seal', createdMessage(info, sequencerAt(info.modified)))
  queue.discard(id)
  // Its upload is there and will be sealed again; this attempt never opened, and never will.
  const attempt = await objects.head('vault', keyOf(item))
  if (attempt) await objects.erase(attempt)
  return true
}
