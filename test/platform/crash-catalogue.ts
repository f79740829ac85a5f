/** A process that spends a link until it is killed: `node crash-catalogue.ts FILE`. Prints the id of each event. */
import { openCatalogue } from '../../shared/platform/local/catalogue.ts'
import { accessEvent, idOf, linkRow, objectRow } from './contract/catalogueRows.ts'

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('usage: crash-catalogue FILE')
const catalogue = openCatalogue(file)
await catalogue.commit(objectRow(1))
await catalogue.addLink(linkRow(1, { uses: 1_000_000, usesLeft: 1_000_000 }))
for (let n = 0; ; n++) {
  const event = accessEvent(n)
  await catalogue.spend(idOf(1), 1500, event)
  await new Promise<void>((done) => process.stdout.write(`${event.id}\n`, () => done()))
}
