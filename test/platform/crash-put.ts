/** A process that puts until it is killed: `node crash-put.ts ROOT body|loop`. Prints one line at each step. */
import { openObjects } from '../../shared/platform/local/objects.ts'
import { chunksOf, pattern } from './contract/bytes.ts'

const [root, mode] = process.argv.slice(2)
if (root === undefined) throw new Error('usage: crash-put ROOT body|loop')
const objects = openObjects(root)
const say = (line: string) => new Promise<void>((done) => process.stdout.write(`${line}\n`, () => done()))

async function* endless() {
  for (let sent = 0; ; sent++) {
    yield pattern(300_000)
    await say(`chunk-${sent}`)
  }
}

if (mode === 'body') {
  await objects.put('vault', 'object', endless(), { ifAbsent: true, metadata: { n: 'endless' } })
} else {
  for (let i = 0; ; i++) {
    const options = { ifAbsent: i % 2 === 0, metadata: { n: `${i}` } }
    await objects.put('vault', `object-${i}`, chunksOf(pattern(40_000, i)), options)
    await say(`object-${i}`)
  }
}
