/**
 * One of several processes that want the same things of a catalogue: `node contend.ts FILE NUMBER`. It opens the
 * catalogue, says `ready`, waits for a line, commits 150 sources that the others commit too, spends link 1 until it is
 * used up, and prints `{won, spent}`.
 */
import { once } from 'node:events'
import { openCatalogue } from '../../shared/platform/local/catalogue.ts'
import { accessEvent, digestOf, idOf, objectRow } from './contract/catalogueRows.ts'

const [file, number] = process.argv.slice(2)
if (file === undefined) throw new Error('usage: contend FILE NUMBER')
const catalogue = openCatalogue(file)
console.log('ready')
await once(process.stdin, 'data')
let won = 0
for (let n = 0; n < 150; n++) {
  const row = objectRow(1000 * Number(number) + n, { source: digestOf(n) })
  if ((await catalogue.commit(row)).winner === row.id) won++
}
let spent = 0
for (;;) {
  const { outcome } = await catalogue.spend(idOf(1), 1500, accessEvent(spent, { id: `${number}-${spent}` }))
  if (outcome !== 'spent') break
  spent++
}
catalogue.close()
console.log(JSON.stringify({ won, spent }))
process.exit()
