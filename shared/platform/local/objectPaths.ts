/**
 * Where an object's versions lie: a reversible spelling of opaque keys as folders, so that no key can leave the root,
 * meet another one on a file system that ignores case, or grow past what a file name may hold.
 *
 *     <bucket>/objects/<first three characters>/<key>/<version>
 *
 * Lower-case letters, digits and `-` stand for themselves, anything else is `_` and two hex digits. A spelling longer
 * than 200 characters is cut into nested folders, all but the last marked with a final `+`.
 */
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bucket } from '../ports.ts'
import { ifPresent, onDisk } from './disk.ts'

const SEGMENT = 200
const FAN_OUT = 3

export function encodeName(text: string): string {
  return text.replace(/[^a-z0-9-]/g, (c) => `_${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** Undefined for a name that `encodeName` would not have made: a stranger's file. */
export function decodeName(name: string): string | undefined {
  const text = name.replace(/_([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return encodeName(text) === name ? text : undefined
}

export function objectsFolder(root: string, bucket: Bucket): string {
  return join(root, bucket, 'objects')
}

/** The folder of this key's versions. */
export function keyFolder(root: string, bucket: Bucket, key: string): string {
  const spelled = encodeName(key)
  const parts: string[] = []
  for (let at = 0; at < spelled.length; at += SEGMENT) {
    const last = at + SEGMENT >= spelled.length
    parts.push(spelled.slice(at, at + SEGMENT) + (last ? '' : '+'))
  }
  return join(objectsFolder(root, bucket), encodeName(key.slice(0, FAN_OUT)), ...parts)
}

/** Keys in byte order, those under one fan-out folder in memory at a time. */
export async function* keysIn(
  root: string,
  bucket: Bucket,
  prefix: string,
  afterKey: string | undefined,
): AsyncIterable<string> {
  const top = objectsFolder(root, bucket)
  const heads = (await folders(top)).flatMap((name) => decodeName(name) ?? [])
  for (const head of heads.sort()) {
    const mayHold = head.startsWith(prefix.slice(0, FAN_OUT)) || prefix.startsWith(head)
    if (!mayHold || (afterKey !== undefined && head < afterKey.slice(0, FAN_OUT))) continue
    const keys = await keysBelow(join(top, encodeName(head)), '')
    for (const key of keys.sort()) {
      if (key.startsWith(prefix) && (afterKey === undefined || key > afterKey)) yield key
    }
  }
}

async function keysBelow(folder: string, spelled: string): Promise<string[]> {
  const keys: string[] = []
  for (const name of await folders(folder)) {
    if (name.endsWith('+')) {
      for (const key of await keysBelow(join(folder, name), spelled + name.slice(0, -1))) keys.push(key)
      continue
    }
    const key = decodeName(spelled + name)
    if (key !== undefined) keys.push(key)
  }
  return keys
}

async function folders(folder: string): Promise<string[]> {
  return onDisk('listing objects', async () => {
    const names: string[] = []
    const entries = await ifPresent(() => opendir(folder))
    if (entries === undefined) return names
    for await (const entry of entries) if (entry.isDirectory()) names.push(entry.name)
    return names
  })
}
