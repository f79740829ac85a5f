// AWS fails at every call of seal, verify and open, or the process is killed there; events come often, late and in any
// order: nothing is lost, nothing is twice, no plaintext stays, and no use is spent twice. Against MiniStack.
import { EVENTS, sameEvent } from '../aws/faults/events.ts'
import { FAULTS, fateOf, refusedBy } from '../aws/faults/faults.ts'
import { startFaultProxy } from '../aws/faults/proxy.ts'
import { readAtOnce, readWhile } from '../aws/faults/reads.ts'
import { fail, killedAt } from '../aws/faults/scenario.ts'
import { startMiniStack } from '../aws/ministack.ts'
import { useEmulator } from '../platform/aws/keyStack.ts'
import { check, finish } from './report.ts'

await using emulator = await startMiniStack()
useEmulator(emulator)
await using proxy = await startFaultProxy(emulator.endpoint)
const ground = { emulator, proxy }
const said = (wrong: readonly string[]) => (wrong.length > 0 ? wrong.join('; ') : undefined)

const { calls } = await fail(ground, () => 'pass')
for (let n = 1; n <= calls.length; n++) {
  for (const mending of ['redelivered', 'forgotten'] as const) {
    const { wrong } = await fail(ground, killedAt(n), { receives: 1, attempts: 1, mending })
    check(`killed before call ${n}, ${calls[n - 1]}, then ${mending}`, wrong.length === 0, said(wrong))
  }
}
check('every call of seal and verify was struck', calls.length > 30, `${calls.length}`)

for (const fault of FAULTS) {
  for (const how of ['once', 'always'] as const) {
    const outcome = await fail(ground, fateOf(fault, how), { refused: refusedBy(fault, how) })
    const { wrong, committedMeanwhile } = outcome
    const struck = outcome.calls.includes(fault.call)
    const good = wrong.length === 0 && struck && (!fault.harmless || committedMeanwhile)
    check(`${fault.call} ${fault.name}, ${how}`, good, said(wrong) ?? (struck ? undefined : 'it was never called'))
  }
}

const reading = (await readWhile(ground, () => 'pass')).calls
for (let n = 1; n <= reading.length; n++) {
  const { wrong } = await readWhile(ground, killedAt(n), 1)
  check(`a read killed before call ${n}, ${reading[n - 1]}`, wrong.length === 0, said(wrong))
}
for (const fault of FAULTS.filter(({ call }) => reading.includes(call) && call !== 's3.PutObject')) {
  const { wrong, spent, status } = await readWhile(ground, fateOf(fault, 'once'))
  check(`a read while ${fault.call} ${fault.name}`, wrong.length === 0, said(wrong) ?? `${status}, ${spent} spent`)
}
check('many readers at once', (await readAtOnce(ground, 20)).length === 0)

for (const [name, scenario] of [...Object.entries(EVENTS), ['a hundred times', sameEvent(100, 4)] as const]) {
  const wrong = await scenario(ground)
  check(`events ${name}`, wrong.length === 0, said(wrong))
}
finish()
