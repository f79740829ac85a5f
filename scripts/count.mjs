// Counts what .ci/run saw and prints its last line, `N passed, N failed`. A test that was skipped is a failed one.
//   node scripts/count.mjs REPORT.json VITEST_EXIT_CODE NAME=EXIT_CODE…
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

/** @typedef {{ status: string, fullName?: string }} Assertion */
/** @typedef {{ name: string, status: string, message?: string, assertionResults: readonly Assertion[] }} FileResult */

/**
 * @param {{ testResults?: readonly FileResult[] } | undefined} report vitest's JSON report; undefined when it wrote none
 * @param {number} exitCode vitest's
 * @param {readonly { name: string, code: number }[]} checks lint, types: one each
 * @returns {{ passed: number, failed: number, why: string[] }}
 */
export function count(report, exitCode, checks) {
  const files = report?.testResults ?? []
  const tests = files.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: file.name })))
  const passed = tests.filter((test) => test.status === 'passed').length
  const why = tests
    .filter((test) => test.status !== 'passed')
    .map((test) => `${test.status}: ${test.file}: ${test.fullName ?? ''}`)
  // A file that couldn't be loaded has no tests to count.
  for (const file of files) {
    if (file.status !== 'passed' && !file.assertionResults.some((test) => test.status !== 'passed')) {
      why.push(`failed: ${file.name}`)
    }
  }
  if (tests.length === 0) why.push('no test ran')
  if (exitCode !== 0 && why.length === 0) why.push(`vitest ended with exit code ${exitCode}`)
  for (const check of checks) if (check.code !== 0) why.push(`failed: ${check.name}`)
  return { passed: passed + checks.filter((check) => check.code === 0).length, failed: why.length, why }
}

/** @param {string} file */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [file = '', exitCode = '1', ...rest] = process.argv.slice(2)
  const checks = rest.map((pair) => ({ name: pair.split('=')[0] ?? '', code: Number(pair.split('=')[1]) }))
  const { passed, failed, why } = count(readReport(file), Number(exitCode), checks)
  for (const line of why) console.log(line)
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
}
