// A zip archive of one small file, stored as it is: what Lambda takes for a package.
import { crc32 } from 'node:zlib'

export function zipOf(name: string, text: string): Uint8Array {
  const [file, path] = [Buffer.from(text), Buffer.from(name)]
  const about = Buffer.alloc(26)
  about.writeUInt16LE(20, 0)
  about.writeUInt32LE(crc32(file), 10)
  about.writeUInt32LE(file.length, 14)
  about.writeUInt32LE(file.length, 18)
  about.writeUInt16LE(path.length, 22)
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), about, path, file])
  const listed = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), about, Buffer.alloc(14), path])
  // Readable by whoever runs it.
  listed.writeUInt32LE((0o100644 << 16) >>> 0, 38)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(1, 4)
  end.writeUInt16LE(1, 6)
  end.writeUInt32LE(listed.length, 8)
  end.writeUInt32LE(local.length, 12)
  return Buffer.concat([local, listed, Buffer.from('PK\x05\x06'), end])
}
