/**
 * What looking at one picture may take of the sealing process. Decoders are native code that no timeout of theirs stops
 * for sure, so it is measured beside them, and a process that exceeds it is ended from outside.
 */

export interface LookLimits {
  /** Of processor time, all threads: a busy machine must not make a landscape restricted. */
  readonly seconds: number
  /** Of resident memory, from when it began. */
  readonly bytes: number
}
export const LOOK_LIMITS: LookLimits = { seconds: 6, bytes: 256 * 2 ** 20 }

/** Memory above what the process began with from which it is replaced before its next file: allocators give little back. */
export const WORN_BYTES = 160 * 2 ** 20

export const EXCESSES = ['time', 'memory'] as const
export type Excess = (typeof EXCESSES)[number]

const SAMPLE_MS = 20
const MICROSECONDS = 1e6

export interface Look {
  begin(): void
  end(): void
}

/** @param onExcess told once a look, within milliseconds; nothing is stopped here */
export function watchLook(onExcess: (what: Excess) => void, limits: LookLimits = LOOK_LIMITS): Look {
  let timer: NodeJS.Timeout | undefined
  function end(): void {
    clearInterval(timer)
    timer = undefined
  }
  return {
    begin() {
      end()
      const before = process.cpuUsage()
      const resident = process.memoryUsage.rss()
      timer = setInterval(() => {
        const { user, system } = process.cpuUsage(before)
        const slow = user + system > limits.seconds * MICROSECONDS
        if (!slow && process.memoryUsage.rss() - resident <= limits.bytes) return
        end()
        onExcess(slow ? 'time' : 'memory')
      }, SAMPLE_MS)
    },
    end,
  }
}
