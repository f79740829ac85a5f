// Counts what .ci/run saw and prints its last line, `N passed, N failed`. A test that was skipped is a failed one.
//   node scripts/count.mjs REPORT.json=VITEST_EXIT_CODE… NAME=EXIT_CODE…
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

/** @typedef {{ status: string, fullName?: string }} Assertion */
/** @typedef {{ name: string, status: string, message?: string, assertionResults: readonly Assertion[] }} FileResult */

/** @typedef {{ testResults?: readonly FileResult[] }} Report vitest's, as JSON */
/** @typedef {{ passed: number, failed: number, why: string[] }} Count */

/**
 * @param {readonly { name: string, report: Report | undefined, code: number }[]} runs of vitest, each with its exit code and its report, if it wrote one
 * @param {readonly { name: string, code: number }[]} checks lint, types: one each
 * @returns {Count}
 */
export function count(runs, checks) {
  const counts = [...runs.map(countRun), ...checks.map(countCheck)]
  if (runs.length === 0) counts.push({ passed: 0, failed: 1, why: ['no test ran'] })
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
    why: counts.flatMap(({ why }) => why),
  }
}

/**
 * @param {{ name: string, report: Report | undefined, code: number }} run
 * @returns {Count}
 */
function countRun({ name, report, code }) {
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
  if (tests.length === 0) why.push(`no test ran: ${name}`)
  if (code !== 0 && why.length === 0) why.push(`vitest ended with exit code ${code}: ${name}`)
  return { passed, failed: why.length, why }
}

/**
 * @param {{ name: string, code: number }} check
 * @returns {Count}
 */
function countCheck({ name, code }) {
  return code === 0 ? { passed: 1, failed: 0, why: [] } : { passed: 0, failed: 1, why: [`failed: ${name}`] }
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
  const pairs = process.argv.slice(2).map((pair) => {
    const [name = '', code = ''] = pair.split('=')
    // What has no exit code did not end well.
    return { name, code: /^\d+$/.test(code) ? Number(code) : 1 }
  })
  const runs = pairs
    .filter(({ name }) => name.endsWith('.json'))
    .map((run) => ({ ...run, report: readReport(run.name) }))
  const { passed, failed, why } = count(
    runs,
    pairs.filter(({ name }) => !name.endsWith('.json')),
  )
  for (const line of why) console.log(line)
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
}
