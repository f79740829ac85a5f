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
  usage: ['[NAME…]', 'aws COUNT'],
  description: `Runs one benchmark after the other, each in a process of its own on one core (on all where many processes take part),
and prints medians with their quartiles. Ratios come from interleaved rounds of one run; times are processor times,
for many processes those on the clock. A missed target is printed as such and is no failure: docs/BENCH.md says what
was measured and why. Some take a minute and 2 GiB of disk, aws with its 2000 pictures half an hour.
${NAMES.map((name) => `  ${name.padEnd(WIDTH)}  ${BENCHES[name]?.summary}`).join('\n')}
JSON, one line a number: {bench, metric, value, unit, spread?, rounds?, against?, ratio?, ratioSpread?, target?, ok?}`,
  options: {},
  operands: [0, NAMES.length + 1],
  examples: [
    ['bench', 'all of them'],
    ['bench vault wrap --json', 'two, for a script'],
    ['bench aws 60', 'the stack on an emulator, with 60 pictures'],
  ],
  async run(_values, operands, { out }) {
    const [last = ''] = operands.slice(-1)
    const count = /^[1-9]\d{0,5}$/.test(last) && BENCHES[operands.at(-2) ?? '']?.countable ? last : undefined
    const named = count === undefined ? operands : operands.slice(0, -1)
    for (const name of named) {
      if (Object.hasOwn(BENCHES, name)) continue
      const meant = nearest(name, NAMES)
      throw new UsageError(
        `there is no benchmark ${name}`,
        meant === undefined ? `there are ${NAMES.join(', ')}` : `did you mean safelight bench ${meant}?`,
      )
    }
    let worst = 0
    for (const name of named.length > 0 ? named : NAMES) {
      const many = BENCHES[name]?.countable ? count : undefined
      worst = Math.max(worst, await onOneCore(name, many, (line) => out.result(line, textOf(line))))
    }
    return worst
  },
})
