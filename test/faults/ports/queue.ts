/** The local queue, every call of which that does something may be the last one of its process. */
import { openQueue as open } from '../../../shared/platform/local/queue.ts'
import { reached } from '../strike.ts'

export type { FailedMessage, LocalQueue, Message, QueueOptions } from '../../../shared/platform/local/queue.ts'

export function openQueue(...settings: Parameters<typeof open>): ReturnType<typeof open> {
  const queue = open(...settings)
  return {
    ...queue,
    send(...message) {
      const sent = queue.send(...message)
      reached(`queue.send ${message[0]}`)
      return sent
    },
    receive(name, options) {
      const received = queue.receive(name, options)
      if (received.length > 0) reached(`queue.receive ${name}`)
      return received
    },
    remove(message) {
      const removed = queue.remove(message)
      reached('queue.remove')
      return removed
    },
    giveBack(message, reason) {
      const given = queue.giveBack(message, reason)
      reached('queue.giveBack')
      return given
    },
  }
}
