/** What functions say of errors: reasons and classes, never a message, which may repeat a name. */
import { expect, test, vi } from 'vitest'
import { classesOf, guarded, InvocationFailed, openLog } from '../../functions/log.ts'
import { unavailable } from '../../shared/platform/aws/errors.ts'
import { Unavailable } from '../../shared/platform/ports.ts'

function linesOf(act: () => void): Record<string, unknown>[] {
  const lines: string[] = []
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
  const spyError = vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
  try {
    act()
  } finally {
    spy.mockRestore()
    spyError.mockRestore()
  }
  return lines.map((line) => JSON.parse(line))
}

test('an error is told by its reason and its classes', () => {
  const cause = Object.assign(new Error('no key Zaphod.jpg'), { name: 'NoSuchKey', Key: 'Zaphod.jpg' })
  const error = new Unavailable('reading Zaphod.jpg', { cause })
  const lines = linesOf(() => openLog('seal', 'ab').failed('seal-failed', error))
  expect(lines).toMatchObject([
    { reason: 'unavailable', class: 'Unavailable < NoSuchKey', service: 'seal', stack: 'ab' },
  ])
  expect(JSON.stringify(lines)).not.toContain('Zaphod')
})

test('what to do is told where AWS refused, without the name of what it is about', () => {
  const disabled = Object.assign(new Error('arn:aws:kms:Zaphod is disabled'), {
    name: 'DisabledException',
    $metadata: { httpStatusCode: 400 },
  })
  const lines = linesOf(() => openLog('seal', 'ab').failed('seal-failed', unavailable('the secret Zaphod', disabled)))
  expect(lines).toMatchObject([
    { reason: 'unavailable', advice: 'the KMS key is disabled: enable it (aws kms enable-key) (DisabledException)' },
  ])
  expect(JSON.stringify(lines)).not.toContain('Zaphod')
})

test('nobody but our own class gives advice to the log', () => {
  const strange = Object.assign(new Error('Zaphod'), { name: 'Unavailable', advice: 'Zaphod' })
  const lines = linesOf(() => openLog('seal', 'ab').failed('seal-failed', strange))
  expect(JSON.stringify(lines)).not.toContain('Zaphod')
})

test('the classes of anything are words that a programmer wrote', () => {
  const named = Object.assign(new Error(), { name: 'Zaphod Beeblebrox.jpg' })
  const round = new Error()
  round.cause = round
  expect([classesOf(named), classesOf('Zaphod'), classesOf(undefined)]).toEqual(['Error', '', ''])
  expect(classesOf(round)).toBe('Error < Error < Error < Error')
})

test('a line says its event and its numbers, which metrics are made of', () => {
  const [line] = linesOf(() => openLog('sweep', 'ab').info('swept', { oldestPlaintextMs: 7 }))
  expect(line).toMatchObject({ event: 'swept', oldestPlaintextMs: 7, level: 'INFO' })
})

test('the runtime gets no error as it is', async () => {
  const log = { info() {}, warn() {}, failed() {} }
  const failing = guarded(log, async () => {
    throw new Error('Zaphod')
  })
  const error = await failing({}).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(InvocationFailed)
  expect(error instanceof Error && `${error.message} ${error.stack}`).toBe(
    'internal-error InvocationFailed: internal-error',
  )
})
