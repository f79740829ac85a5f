/** The process of one benchmark: runs the one named, and prints its lines as JSON. */
import { BENCHES } from './table.ts'
import { endWithParent } from './tether.ts'

endWithParent()

const [name = '', count] = process.argv.slice(2)
const entry = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined
if (!entry) throw new RangeError('no such benchmark')
const { bench } = await entry.load()
await bench((line) => void process.stdout.write(`${JSON.stringify(line)}\n`), count)
