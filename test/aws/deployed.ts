/** A stack deployed to an emulator, and what a test does to it: uploads as any S3 client makes them, the command line as its user. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ListMultipartUploadsCommand, ListObjectVersionsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import * as z from 'zod'
import { readLink } from '../../cli/stack/link.ts'
import { openStack, type Stack } from '../../cli/stack/stack.ts'
import type { Outputs } from '../../shared/platform/aws/outputs.ts'
import { root } from '../rules/tree.ts'
import { collect } from '../support/memory.ts'
import { type DeployOptions, deployTo, deployToLocalStack } from './deploy.ts'
import type { Emulator } from './emulator.ts'

const found = z.object({ objectId: z.string().nullable() })
const run = promisify(execFile)

export interface Deployed {
  readonly outputs: Outputs
  readonly stack: Stack
  readonly emulator: Emulator
  /** @returns the version that was made */
  upload(key: string, body: Uint8Array): Promise<string>
  /** What is left in intake: versions, delete markers and unfinished uploads. */
  left(): Promise<readonly string[]>
  /** Waits until an upload is committed and erased. @returns the object that it became */
  becomes(key: string, versionId: string): Promise<string>
  /** Everything behind a link. */
  read(url: string, range?: string): Promise<Buffer>
  /** The command line, on this stack. @returns its stdout */
  safelight(...args: readonly string[]): Promise<string>
}

export async function deployed(emulator: Emulator, options: DeployOptions = {}): Promise<Deployed> {
  return deployedAt(emulator, await deployTo(emulator, options))
}

/** To LocalStack, by the command that its users type. */
export async function deployedByCommand(emulator: Emulator, flags: DeployOptions['flags'] = {}): Promise<Deployed> {
  return deployedAt(emulator, await deployToLocalStack(emulator, flags))
}

/**
 * Sets this process's environment for the emulator: one a test file.
 * @param emulator whose environment names the region that the stack is in; clients of AWS keep that of their first call
 */
export async function deployedAt(emulator: Emulator, outputs: Outputs): Promise<Deployed> {
  Object.assign(process.env, emulator.env)
  const stack = await openStack('Safelight')
  const s3 = new S3Client({ forcePathStyle: true })
  const { IntakeBucketName: Bucket } = outputs

  async function left(): Promise<readonly string[]> {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }))
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }))
    return [
      ...Versions.map(({ Key }) => `version of ${Key}`),
      ...DeleteMarkers.map(({ Key }) => `marker of ${Key}`),
      ...Uploads.map(({ Key }) => `unfinished ${Key}`),
    ]
  }

  return {
    ...{ outputs, stack, emulator, left },
    async upload(Key, Body) {
      const { VersionId = '' } = await s3.send(new PutObjectCommand({ Bucket, Key, Body }))
      return VersionId
    },
    async becomes(key, versionId) {
      for (const until = Date.now() + 180_000; Date.now() < until; await sleep(200)) {
        if (await stack.objects.head('intake', key, versionId)) continue
        const { objectId } = await stack.call(outputs.FindFunctionName, { key, versionId }, found)
        if (objectId !== null) return objectId
      }
      throw new Error(`${key} became nothing; in intake: ${(await left()).join(', ')}`)
    },
    read: async (url, range) => collect((await readLink(url, range)).chunks),
    async safelight(...args) {
      const { PATH } = process.env
      const env = { ...(PATH !== undefined && { PATH }), ...emulator.env, SAFELIGHT_STACK: 'Safelight', NO_COLOR: '1' }
      return (await run(process.execPath, [join(root, 'cli', 'main.ts'), ...args], { env })).stdout
    },
  }
}
