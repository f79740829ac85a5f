/** Loads the detectors' weights, and only those whose SHA-256 the manifest states: models are a supply chain. */

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { InferenceSession } from './runtime.ts'

const dimension = z.union([z.number().int().positive(), z.string().min(1)])
const tensors = z.record(z.string(), z.array(dimension).min(1))

const manifestSchema = z.strictObject({
  models: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        version: z.string().min(1),
        /** A plain file name beside the manifest. */
        file: z.string().regex(/^[a-z0-9][a-z0-9._-]*\.onnx$/),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        licence: z.string().min(1),
        origin: z.strictObject({
          registry: z.enum(['npm', 'PyPI']),
          package: z.string().min(1),
          version: z.string().min(1),
          file: z.string().min(1),
          note: z.string().optional(),
        }),
        tensors: z.strictObject({ inputs: tensors, outputs: tensors }),
        preprocessing: z.string().min(1),
      }),
    )
    .min(1),
})
export type Manifest = z.infer<typeof manifestSchema>

/** Detectors that must be present: without one of them nothing can be called harmless. */
const REQUIRED = ['face', 'text'] as const
type ModelName = (typeof REQUIRED)[number]

export interface LoadedModels {
  readonly ok: true
  readonly sessions: Readonly<Record<ModelName, InferenceSession>>
  readonly versions: Readonly<Record<string, string>>
  readonly problems: readonly []
}

/** No model can be trusted: every picture is then assessed as unreadable. */
export interface UnusableModels {
  readonly ok: false
  readonly versions: Readonly<Record<string, string>>
  /** What is wrong and how to mend it, one sentence each, without paths. For logs and `doctor`. */
  readonly problems: readonly string[]
}

export type Models = LoadedModels | UnusableModels

const MEND = 'restore models/ from the release; until then every image is sealed at the strictest tier'

const SESSION: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  // the arena keeps the largest picture's memory for ever
  enableCpuMemArena: false,
  logSeverityLevel: 3,
}

async function readManifest(dir: string): Promise<Manifest | string> {
  try {
    const parsed = manifestSchema.safeParse(JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8')))
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    return `manifest.json: ${issue?.path.join('.') || 'top level'}: ${issue?.message ?? 'not valid'}`
  } catch {
    return 'manifest.json: missing or not JSON'
  }
}

/**
 * Reads `dir/manifest.json`, then every model it names, hashing exactly the bytes that are run.
 * Never throws: what can't be verified comes back as problems.
 */
export async function loadModels(dir: string): Promise<Models> {
  const manifest = await readManifest(dir)
  if (typeof manifest === 'string') return { ok: false, versions: {}, problems: [`${manifest}: ${MEND}`] }

  const problems: string[] = []
  const verified = new Map<string, { bytes: Uint8Array; version: string }>()
  for (const { name, file, sha256, version } of manifest.models) {
    const bytes = await readFile(join(dir, file)).catch(() => undefined)
    if (bytes === undefined) problems.push(`${file}: missing: ${MEND}`)
    else if (createHash('sha256').update(bytes).digest('hex') !== sha256)
      problems.push(`${file}: not the file that manifest.json states (SHA-256 differs): ${MEND}`)
    else verified.set(name, { bytes, version })
  }

  const open = async (name: ModelName): Promise<InferenceSession | undefined> => {
    const model = verified.get(name)
    if (model === undefined) {
      if (problems.length === 0) problems.push(`${name}: no such model in manifest.json: ${MEND}`)
      return undefined
    }
    try {
      return await InferenceSession.create(model.bytes, SESSION)
    } catch {
      problems.push(`${name}: the runtime can't load it: ${MEND}`)
      return undefined
    }
  }

  if (problems.length > 0) return { ok: false, versions: {}, problems }
  const face = await open('face')
  const text = await open('text')
  if (face === undefined || text === undefined) return { ok: false, versions: {}, problems }
  const versions = Object.fromEntries([...verified].map(([name, { version }]) => [name, version]))
  return { ok: true, sessions: { face, text }, versions, problems: [] }
}
