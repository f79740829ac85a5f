// Gets files out of a drop, a paste or a picker, folders with everything below them included.

const MOST = 5000

function readAll(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader()
  const all: FileSystemEntry[] = []
  return new Promise((resolve, reject) => {
    // One call returns at most a hundred entries; an empty answer is the end.
    const more = () =>
      reader.readEntries((batch) => {
        all.push(...batch)
        if (batch.length === 0 || all.length > MOST) resolve(all)
        else more()
      }, reject)
    more()
  })
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile
const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory

async function below(entry: FileSystemEntry, found: File[]): Promise<void> {
  if (found.length >= MOST || entry.name.startsWith('.')) return
  if (isFile(entry)) found.push(await new Promise<File>((resolve, reject) => entry.file(resolve, reject)))
  else if (isDirectory(entry)) for (const child of await readAll(entry)) await below(child, found)
}

/** Must be called inside the drop or paste handler: the entries are gone once it has returned. */
export async function filesOf(transfer: DataTransfer | null): Promise<readonly File[]> {
  if (!transfer) return []
  const entries: FileSystemEntry[] = []
  const files: File[] = []
  for (const item of transfer.items) {
    if (item.kind !== 'file') continue
    const entry = item.webkitGetAsEntry()
    const file = entry ? null : item.getAsFile()
    if (entry) entries.push(entry)
    else if (file) files.push(file)
  }
  for (const entry of entries) await below(entry, files)
  return files
}

export const hasFiles = (transfer: DataTransfer | null): boolean => transfer?.types.includes('Files') ?? false
