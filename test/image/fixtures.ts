/** Where the picture fixtures are, and how to read one; their origins and licences are in the folder's README. */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export const PICTURES = join(import.meta.dirname, '..', 'fixtures', 'pictures')
export const picture = async (name: string): Promise<Uint8Array> => readFile(join(PICTURES, name))
