// Puts the stack into an AWS account, or into a LocalStack that somebody runs, and takes it away again: CDK's own commands.
import { join } from 'node:path'
import { runAs } from './child.mjs'
import { note } from './say.mjs'

/** Where LocalStack listens unless told otherwise. */
const LOCALSTACK = 'http://localhost:4566'
/** What an emulator needs: it streams no answers, and has nothing that anybody would miss. */
export const FOR_EMULATORS = ['ephemeral', 'buffered', 'directLinks', 'allowClassicalTls']
const FOR_LOCALSTACK = [...FOR_EMULATORS, 'plainMaps'].flatMap((flag) => ['-c', `${flag}=true`])

/**
 * @param {string} node
 * @param {string} root the checkout
 * @param {readonly string[]} args for `cdk deploy`, such as `-c stack=NAME`; `--bootstrap` prepares account and region first,
 * `--change-flags` says that the stack's flags are meant to change
 */
export async function deploy(node, root, args) {
  const prepares = args.includes('--bootstrap')
  const rest = args.filter((arg) => arg !== '--bootstrap' && arg !== '--change-flags')
  const refused = await runAs(node, [join(root, 'infra', 'agree.ts'), ...args], { cwd: root })
  if (refused !== 0) return refused
  if (prepares) {
    const code = await cdk(node, root, ['bootstrap', ...contextOf(rest)])
    if (code !== 0) return code
  }
  const code = await cdk(node, root, ['deploy', ...rest])
  if (code !== 0 && !prepares) {
    note(
      'hint: are you signed in (aws sts get-caller-identity)? CDK needs to be prepared once for each account and region: `npm run deploy -- --bootstrap`',
    )
  }
  return code
}

/**
 * @param {string} node
 * @param {string} root
 * @param {readonly string[]} args
 */
export async function deployToLocalStack(node, root, args) {
  const given = [...FOR_LOCALSTACK, ...args]
  const endpoint = process.env.AWS_ENDPOINT_URL ?? LOCALSTACK
  const code = await cdkLocal(node, root, endpoint, ['bootstrap', ...contextOf(given)])
  if (code !== 0) {
    note(`hint: is LocalStack running, and does it listen at ${endpoint}? AWS_ENDPOINT_URL says where.`)
    return code
  }
  return cdkLocal(node, root, endpoint, ['deploy', '--require-approval', 'never', ...given])
}

/**
 * What holds data or keys stays in the account, unless the stack was ephemeral; docs/OPERATIONS.md says how it goes, too.
 * @param {string} node
 * @param {string} root
 * @param {readonly string[]} args `--localstack` takes it from there
 */
export async function destroy(node, root, args) {
  const rest = args.filter((arg) => arg !== '--localstack')
  if (rest.length < args.length) {
    return cdkLocal(node, root, process.env.AWS_ENDPOINT_URL ?? LOCALSTACK, ['destroy', ...FOR_LOCALSTACK, ...rest])
  }
  const code = await cdk(node, root, ['destroy', ...rest])
  if (code !== 0) note('hint: a stack is protected against this unless it is ephemeral: docs/OPERATIONS.md, "Destroy"')
  return code
}

/**
 * @param {string} node
 * @param {string} root
 * @param {readonly string[]} args
 */
function cdk(node, root, args) {
  return runAs(node, [join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk'), ...args], { cwd: root })
}

/**
 * @param {string} node
 * @param {string} root
 * @param {string} endpoint
 * @param {readonly string[]} args
 */
function cdkLocal(node, root, endpoint, args) {
  // It asks for S3's address by itself, even where it is the same.
  const env = { AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_S3: process.env.AWS_ENDPOINT_URL_S3 ?? endpoint }
  return runAs(node, [join(root, 'node_modules', 'aws-cdk-local', 'bin', 'cdklocal'), ...args], { cwd: root, env })
}

/**
 * The flags among a command's arguments: `cdk bootstrap` reads the app as well, and takes no other arguments of `deploy`.
 * @param {readonly string[]} args
 */
function contextOf(args) {
  return args.filter((arg, index) => /^(-c|--context)(=|$)/.test(arg) || /^(-c|--context)$/.test(args[index - 1] ?? ''))
}
