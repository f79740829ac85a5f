/** The failed list as people see it, and another try. */
import { sequencerAt } from '../../functions/sequencer.ts'
import { reseal } from '../../shared/flow/retry.ts'
import type { LocalQueue } from '../../shared/platform/local/queue.ts'
import type { FailedItem } from '../console/api.ts'
import type { Deployment } from '../deployment.ts'
import { asTyped } from '../typed.ts'
import { createdMessage } from './arrivals.ts'
import { hintOf } from './hints.ts'
import { keyOf, STAGES, uploadOf } from './pump.ts'

export function failedItems(queue: Pick<LocalQueue, 'failed'>): FailedItem[] {
  return STAGES.flatMap((stage) =>
    queue.failed(stage).map(({ id, body, reason, receiveCount, failedAt }) => ({
      id,
      upload: uploadOf({ body }),
      stage,
      reason,
      hint: asTyped(hintOf(reason)),
      attempts: receiveCount,
      time: new Date(failedAt).toISOString(),
    })),
  )
}

/** Tries a failed item again. @returns false when there is no such item */
export async function retry(deployment: Deployment, id: string): Promise<boolean> {
  const { queue } = deployment
  const item = queue.failed().find((failed) => failed.id === id)
  if (!item) return false
  const anew = item.queue === 'verify' ? await reseal(deployment, uploadOf(item), keyOf(item)) : undefined
  if (anew) {
    queue.send('seal', createdMessage(anew, sequencerAt(anew.modified)))
    queue.discard(id)
  } else queue.redrive(id)
  return true
}
