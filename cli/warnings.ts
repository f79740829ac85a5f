/** What somebody who runs the server should know at once: on its first lines, and in the console as long as it is so. */
import { backupStatus } from '../shared/platform/local/keys.ts'
import { guarded } from './checks/check.ts'
import { checkDataKeys, checkKem, type KeyPorts } from './checks/keys.ts'
import type { Status } from './console/api.ts'
import { asTyped } from './typed.ts'

type Warning = Status['warnings'][number]

/** @param models what is wrong with the detectors' models, if anything */
export async function warningsOf(
  deployment: KeyPorts & { readonly home: string },
  models: readonly string[],
): Promise<readonly Warning[]> {
  const warnings = [...(await aboutKeys(deployment)), ...(await aboutBackup(deployment.home)), ...aboutModels(models)]
  return warnings.map(({ text, hint }) => ({ text: asTyped(text), hint: asTyped(hint) }))
}

/** A round trip each time: a missing private key is silent until somebody needs a picture back. */
async function aboutKeys(deployment: KeyPorts): Promise<Warning[]> {
  const checks = [
    ...(await guarded('keys', async () => [await checkKem(deployment, 768)])),
    ...(await guarded('keys', async () => [await checkKem(deployment, 1024)])),
    ...(await guarded('keys', async () => [await checkDataKeys(deployment)])),
  ]
  const problem = checks.find(({ status }) => status === 'problem')
  if (problem === undefined) return []
  const text = `No upload can be verified, and nothing opened, until the keys are mended: ${problem.detail}. Uploads wait in intake.`
  return [{ text, hint: problem.mend ?? '`safelight doctor`' }]
}

async function aboutBackup(home: string): Promise<Warning[]> {
  const { complete } = await backupStatus(home).catch(() => ({ complete: true }))
  if (complete) return []
  return [
    {
      text: 'The keys have no backup: if this disk is lost, so is every picture.',
      hint: '`safelight keys backup FILE`',
    },
  ]
}

function aboutModels(problems: readonly string[]): Warning[] {
  return problems.map((problem) => ({
    text: `A detector's model is refused, so every picture will be restricted until it is restored: ${problem}`,
    hint: 'restore the models folder from the release; `safelight doctor` checks it',
  }))
}
