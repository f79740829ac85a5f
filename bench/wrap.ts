/** The hybrid wrap of one data encryption key and its unwrap, without network. */
import { unwrap, wrap } from '../shared/keys/wrap.ts'
import { nodePrimitives as primitives } from '../shared/platform/crypto.ts'
import type { KemLevel } from '../shared/platform/ports.ts'
import { benchKeys, STACK } from './keys.ts'
import { judged, type Publish } from './line.ts'
import { interleave, summary } from './rounds.ts'

const LEVELS: readonly KemLevel[] = [768, 1024]
const WRAPS = 20
const ROUNDS = 25
const WARM_UP = 8

export async function bench(publish: Publish): Promise<void> {
  const contestants = LEVELS.map((level) => {
    const { recipient, keyring } = benchKeys(level)
    const binding = { stackId: STACK, objectId: primitives.random(16), suite: 1, facts: primitives.random(60) }
    return {
      name: `ML-KEM-${level}`,
      times: WRAPS,
      async run() {
        const record = await wrap(primitives, recipient, binding, primitives.random(32))
        if (!(await unwrap(primitives, keyring, level, binding, record))) throw new Error('it did not unwrap')
      },
    }
  })
  const times = await interleave(contestants, ROUNDS, WARM_UP)
  for (const [name, seconds] of times) {
    const { median, spread } = summary(seconds.map((time) => time * 1000))
    const metric = `hybrid wrap and unwrap, ${name}`
    publish({
      bench: 'wrap',
      metric,
      value: median,
      unit: 'ms',
      spread,
      rounds: ROUNDS,
      ...judged(median, { atMost: 2 }),
    })
  }
}
