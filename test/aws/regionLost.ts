/** A region that is lost, with the real app deployed to two regions of an emulator: the `aws-region` proof. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { KMSClient, ReplicateKeyCommand } from '@aws-sdk/client-kms'
import { S3Client } from '@aws-sdk/client-s3'
import * as z from 'zod'
import { VAULT_KEYS } from '../../shared/flow/source.ts'
import { inRegion } from '../../shared/platform/aws/keyService.ts'
import type { Outputs } from '../../shared/platform/aws/outputs.ts'
import { root } from '../rules/tree.ts'
import { deployTo } from './deploy.ts'
import { type Deployed, deployedAt } from './deployed.ts'
import type { Emulator } from './emulator.ts'
import { HOME, type Region, replicateVault, THERE } from './twoRegions.ts'

type Check = (name: string, condition: boolean, detail?: string) => void

const PICTURES = ['samples/identity-card.jpg', 'samples/landscape.jpg', 'test/fixtures/pictures/face.jpg']
const MINUTES_MS = 180_000

const emulatorIn = (emulator: Emulator, region: Region): Emulator => ({
  ...emulator,
  env: {
    ...emulator.env,
    ...{ AWS_REGION: region, AWS_DEFAULT_REGION: region },
    // cdklocal takes no region of its surroundings unless told to.
    AWS_ENVAR_ALLOWLIST: 'AWS_REGION,AWS_DEFAULT_REGION',
  },
})

const keyId = (arn: string) => arn.slice(arn.indexOf('/') + 1)

/** Clients of AWS learn their region at their first call, and the environment is soon that of the other one. */
async function settled(on: Deployed): Promise<Deployed> {
  const { stack, outputs, left } = on
  const nobody = { key: 'nobody', versionId: 'nobody' }
  await Promise.allSettled([
    ...[left(), stack.objects.head('intake', 'nobody'), stack.catalogue.objects()],
    stack.call(outputs.FindFunctionName, nobody, z.unknown()),
  ])
  return on
}

/** What CloudFormation does with `AWS::KMS::ReplicaKey`, which this emulator's doesn't know. */
async function replicateKeys({ DataKeyArn, SeedKeyArn }: Outputs): Promise<void> {
  const kms = new KMSClient({ region: HOME })
  for (const KeyId of [DataKeyArn, SeedKeyArn]) await kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: THERE }))
}

/** The template as if its replica keys had been made: their ARNs stand where they were referred to. */
function withReplicas(template: unknown, arns: Readonly<Record<string, string>>): unknown {
  if (Array.isArray(template)) return template.map((item) => withReplicas(item, arns))
  if (typeof template !== 'object' || template === null) return template
  const [[name, given] = []] = Object.entries(template)
  const referred = arns[String(name === 'Fn::GetAtt' && Array.isArray(given) ? given[0] : '')]
  if (referred !== undefined) return referred
  return Object.fromEntries(
    Object.entries(template)
      .filter(([, inner]) => !isReplicaKey(inner))
      .map(([field, inner]) => [field, withReplicas(inner, arns)]),
  )
}

function isReplicaKey(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'Type' in value && value.Type === 'AWS::KMS::ReplicaKey'
}

async function deployBoth(emulator: Emulator): Promise<{ readonly home: Deployed; readonly there: Deployed }> {
  const here = emulatorIn(emulator, HOME)
  const home = await settled(await deployedAt(here, await deployTo(here, { flags: { multiRegion: THERE } })))
  await replicateKeys(home.outputs)
  const { DataKeyArn, SeedKeyArn } = home.outputs
  const arns = { DataKey: inRegion(DataKeyArn, THERE), SeedKey: inRegion(SeedKeyArn, THERE) }
  const elsewhere = emulatorIn(emulator, THERE)
  const outputs = await deployTo(elsewhere, {
    flags: { primary: HOME, dataKey: keyId(DataKeyArn), seedKey: keyId(SeedKeyArn) },
    transform: (template) => withReplicas(template, arns),
  })
  const there = await deployedAt(elsewhere, outputs)
  const s3 = new S3Client({ forcePathStyle: true, region: HOME })
  await replicateVault(s3, home.outputs.VaultBucketName, outputs.VaultBucketName)
  return { home, there }
}

const refusal = (work: Promise<unknown>) => work.then(String, (error: unknown) => String(error))

async function isSoon(condition: () => Promise<boolean>): Promise<boolean> {
  for (const until = Date.now() + MINUTES_MS; Date.now() < until; await sleep(500)) if (await condition()) return true
  return false
}

export async function proveRegionLost(emulator: Emulator, check: Check): Promise<void> {
  const { home, there } = await deployBoth(emulator)
  check('both stacks are one deployment', home.outputs.StackId === there.outputs.StackId)
  check('no key is made where a stack stands by', /no seed has/.test(await refusal(there.safelight('keys', 'init'))))
  check('keys are made in the first region', /^made generation 1 /.test(await home.safelight('keys', 'init')))
  check('and adopted in the second', /^adopted generation 1 /.test(await there.safelight('keys', 'init')))
  check('which rotates none', /stands by/.test(await refusal(there.safelight('keys', 'rotate'))))

  const objects: { readonly id: string; readonly body: Buffer }[] = []
  for (const [n, path] of PICTURES.entries()) {
    const body = await readFile(join(root, path))
    const versionId = await home.upload(`picture-${n}`, body)
    objects.push({ id: await home.becomes(`picture-${n}`, versionId), body })
    if (n === 0) await home.safelight('keys', 'rotate')
  }
  check('all are rewrapped', JSON.parse(await home.safelight('rewrap', '--json')).failed === 0)

  const erased = objects.pop()
  await home.safelight('erase', erased?.id ?? '', '--reason', 'subject-request')
  check('the region is lost: keys', /^adopted generation 2 /.test(await there.safelight('keys', 'init')))
  await there.safelight('catalogue', 'rebuild')
  const listed = async () => (await there.stack.catalogue.objects()).map(({ id }) => id)
  const isListed = async () => {
    const ids = await listed()
    return objects.every(({ id }) => ids.includes(id))
  }
  check('every object is in the catalogue again', await isSoon(isListed), `${(await listed()).length} rows`)
  const isGone = async () =>
    (await there.stack.objects.head('vault', VAULT_KEYS.object(erased?.id ?? ''))) === undefined
  check('what was erased is gone there, too', (await isSoon(isGone)) && !(await listed()).includes(erased?.id ?? ''))
  for (const { id, body } of objects) {
    const { url } = JSON.parse(await there.safelight('link', id, '--json'))
    check(`${id.slice(0, 8)} opens byte for byte`, (await there.read(url)).equals(body))
  }
  const body = await readFile(join(root, 'samples', 'receipt.jpg'))
  const id = await there.becomes('new', await there.upload('new', body))
  const { url } = JSON.parse(await there.safelight('link', id, '--json'))
  check('a new upload is sealed and opens there', (await there.read(url)).equals(body))
}
