/** A host that works until it is killed: `node crash-queue.ts FILE`. Prints `sent ID`, `got ID`, `done ID`. */
import { openQueue } from '../../shared/platform/local/queue.ts'

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('usage: crash-queue FILE')
const queue = openQueue(file)
const say = (line: string) => new Promise<void>((done) => process.stdout.write(`${line}\n`, () => done()))
for (let n = 0; ; n++) {
  await say(`sent ${queue.send('seal', `body-${n}`).id}`)
  if (n % 2 === 0) continue
  for (const message of queue.receive('seal', { max: 1, visibilityMs: 3_600_000 })) {
    await say(`got ${message.id}`)
    if (n % 4 === 1 && queue.remove(message)) await say(`done ${message.id}`)
  }
}
