/** `safelight bench`: the published numbers, measured here and now. */

import { textOf } from '../../bench/line.ts'
import { onOneCore } from '../../bench/one-core.ts'
import { BENCHES } from '../../bench/table.ts'
import { defineCommand } from '../args.ts'
import { UsageError } from '../errors.ts'
import { nearest } from '../nearest.ts'

const NAMES = Object.keys(BENCHES)
const WIDTH = Math.max(...NAMES.map((name) => name.length))

export const command = defineCommand({
  name: 'bench',
  summary: 'measure speed and memory, against targets and peers',
  usage: ['[NAME…]'],
  description: `Runs one benchmark after the other, each in a process of its own on one core, and prints medians with their quartiles.
Ratios come from interleaved rounds of one run; times are processor times. A missed target is printed as such
and is no failure: docs/BENCH.md says what was measured and why. Some take a minute and 2 GiB of disk.
${NAMES.map((name) => `  ${name.padEnd(WIDTH)}  ${BENCHES[name]?.summary}`).join('\n')}
JSON, one line a number: {bench, metric, value, unit, spread?, rounds?, against?, ratio?, ratioSpread?, target?, ok?}`,
  options: {},
  operands: [0, NAMES.length],
  examples: [
    ['bench', 'all of them'],
    ['bench vault wrap --json', 'two, for a script'],
  ],
  async run(_values, operands, { out }) {
    for (const name of operands) {
      if (Object.hasOwn(BENCHES, name)) continue
      const meant = nearest(name, NAMES)
      throw new UsageError(
        `there is no benchmark ${name}`,
        meant === undefined ? `there are ${NAMES.join(', ')}` : `did you mean safelight bench ${meant}?`,
      )
    }
    let worst = 0
    for (const name of operands.length > 0 ? operands : NAMES) {
      worst = Math.max(worst, await onOneCore(name, (line) => out.result(line, textOf(line))))
    }
    return worst
  },
})
