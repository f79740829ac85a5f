import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { jsonLines, safelight, temporaryFolder } from './run.ts'

describe('assess', () => {
  test('prints one JSON line an image; what cannot be read is the most sensitive', async () => {
    const folder = temporaryFolder()
    const [plain, broken] = [join(folder, 'plain.png'), join(folder, 'broken.jpg')]
    await sharp({ create: { width: 64, height: 48, channels: 3, background: '#3a6ea5' } })
      .png()
      .toFile(plain)
    writeFileSync(broken, Buffer.from('ffd8ffe000104a46494600', 'hex'))
    const ran = await safelight(['assess', '--json', plain, broken])
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    const [first, second] = jsonLines(ran)
    expect(first).toEqual({
      ...{ file: plain, score: expect.any(Number), tier: 'public', detections: [], ms: expect.any(Number) },
    })
    expect(second).toMatchObject({ file: broken, score: 1, tier: 'restricted', detections: [{ kind: 'unreadable' }] })
  })

  test('reads one image from stdin and says it in words', async () => {
    const image = sharp({ create: { width: 64, height: 48, channels: 3, background: '#3a6ea5' } })
    const ran = await safelight(['assess', '-'], { input: await image.png().toBuffer() })
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^-: public, sensitivity 0\.\d\d\n$/) })
  })

  test('obeys a policy file, and refuses one that is not valid', async () => {
    const folder = temporaryFolder()
    const policy = join(folder, 'policy.json')
    writeFileSync(policy, '{ "version": 2 }')
    const ran = await safelight(['assess', '-', '--policy', policy], { input: 'x' })
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toMatch(/^error: the policy file .*is not valid: version: /)
  })

  test('does nothing when one of the files is missing', async () => {
    const ran = await safelight(['assess', '-', 'no-such.jpg'], { input: 'x' })
    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: 'error: no-such.jpg: no such file or folder\n' })
  })
})
