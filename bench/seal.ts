/** The most memory that sealing takes: `safelight seal` in a process of its own, as people run it, watched from outside. */
import { spawn } from 'node:child_process'
import { randomBytes, randomFillSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { judged, type Publish } from './line.ts'

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url))
const MIB = 2 ** 20
const SAMPLE_MS = 10
/** 4:3, 40 million pixels. */
const [WIDTH, HEIGHT] = [7312, 5484]

/** The kernel's own high-water mark where it keeps one; elsewhere nothing is known. */
function peakOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** Peak resident memory in MiB, and seconds on the clock. @throws Error where sealing failed or nothing could be sampled */
async function watchSealing(home: string, file: string): Promise<{ peak: number; seconds: number }> {
  const started = performance.now()
  const env = { ...process.env, SAFELIGHT_HOME: home, NO_COLOR: '1' }
  const child = spawn(process.execPath, [MAIN, 'seal', file, '-o', `${file}.slv`], { env, stdio: 'ignore' })
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid ?? 0))
  }, SAMPLE_MS)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  }).finally(() => clearInterval(timer))
  if (code !== 0) throw new Error('sealing failed')
  if (peak === 0) throw new Error('memory is read from /proc, which this system has not')
  if ((await stat(`${file}.slv`)).size <= (await stat(file)).size) throw new Error('not all of it was sealed')
  return { peak, seconds: (performance.now() - started) / 1000 }
}

async function randomFile(file: string, size: number): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  const part = Buffer.alloc(MIB)
  for (let at = 0; at < size; at += part.length) await handle.write(randomFillSync(part))
  await handle.close()
}

/** A picture with detail everywhere: noise of 8 pixels' grain, enlarged. */
async function photograph(file: string): Promise<void> {
  const small = { width: Math.ceil(WIDTH / 8), height: Math.ceil(HEIGHT / 8), channels: 3 } as const
  const grain = randomBytes(small.width * small.height * small.channels)
  const picture = sharp(grain, { raw: small }).resize(WIDTH, HEIGHT, { fit: 'fill' }).jpeg({ quality: 92 })
  await writeFile(file, await picture.toBuffer())
}

export async function bench(publish: Publish): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'safelight-bench-'))
  const home = join(root, 'home')
  const measure = async (metric: string, file: string, atMost: number) => {
    const { size } = await stat(file)
    const { peak, seconds } = await watchSealing(home, file)
    publish({ bench: 'seal', metric: `peak memory, ${metric}`, value: peak, unit: 'MiB', ...judged(peak, { atMost }) })
    const speed = size / MIB / seconds
    publish({
      bench: 'seal',
      metric: `on the clock, start of the program included, ${metric}`,
      value: speed,
      unit: 'MiB/s',
    })
    await rm(file)
    await rm(`${file}.slv`)
  }
  try {
    const bytes = join(root, 'random')
    await randomFile(bytes, 2 ** 30)
    await measure('1 GiB of random bytes', bytes, 300)
    const picture = join(root, 'picture.jpg')
    await photograph(picture)
    await measure('a JPEG of 40 megapixels', picture, 700)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
