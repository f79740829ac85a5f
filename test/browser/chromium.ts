/** The browser that tests drive, by the path that `npm test` found, or found here when one file is run by itself. */
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { prepareChromium } from '../../scripts/chromium.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A busy machine takes its time to start it. */
const START_MS = 120_000

/** Nothing but the page may reach out: no updates, no metrics, no QUIC. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
]

/** @throws an error that says how to get Chromium, when none here starts */
export async function launch(): Promise<Browser> {
  const executablePath = process.env.SAFELIGHT_TEST_CHROMIUM ?? (await prepareChromium(ROOT, process.execPath))
  return chromium.launch({ executablePath, headless: true, args: ARGS, timeout: START_MS })
}
