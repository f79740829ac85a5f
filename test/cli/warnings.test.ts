import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDeployment } from '../../cli/deployment.ts'
import { warningsOf } from '../../cli/warnings.ts'
import { safelight, temporaryFolder } from './run.ts'

async function freshHome(): Promise<string> {
  const home = join(temporaryFolder(), 'home')
  expect(await safelight(['keys', 'init'], { home })).toMatchObject({ code: 0 })
  return home
}

test('a sound deployment warns of the missing backup alone', async () => {
  await using deployment = await openDeployment(await freshHome(), { create: false })
  expect(await warningsOf(deployment, [])).toMatchObject([{ text: expect.stringMatching(/no backup/) }])
})

test('a private key that is gone is a loud warning: nothing can be verified, and new keys are no mend', async () => {
  const home = await freshHome()
  for (const name of readdirSync(join(home, 'keys')).filter((file) => file.endsWith('.seed')))
    rmSync(join(home, 'keys', name))
  await using deployment = await openDeployment(home, { create: false })
  const [first] = await warningsOf(deployment, [])
  expect(first?.text).toMatch(
    /^No upload can be verified, and nothing opened, until .*private key of generation 1 is missing/,
  )
  expect(first?.hint).toMatch(/safelight keys restore/)
  expect(JSON.stringify(first)).not.toContain('keys init')
})

test('a refused model is a loud warning: every picture will be restricted', async () => {
  await using deployment = await openDeployment(await freshHome(), { create: false })
  const warnings = await warningsOf(deployment, ['face.onnx: missing'])
  expect(warnings.at(-1)?.text).toMatch(/every picture will be restricted until .*face\.onnx: missing$/)
})
