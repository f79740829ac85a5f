/**
 * Everything that commands print: results on stdout (text for people, one JSON object a line with `--json`), all else
 * on stderr, with commands as the person types them. Progress is drawn only for a person who watches, colour only where it
 * is wanted (NO_COLOR, FORCE_COLOR).
 */
import { styleText } from 'node:util'
import type { Failure } from './errors.ts'
import { asTyped } from './typed.ts'

export interface Progress {
  /** `done` bytes or items so far. */
  update(done: number): void
  /** Wipes the bar: results must not be drawn over it. */
  end(): void
}

export interface Output {
  readonly json: boolean
  /** One result: `value` is its `--json` shape, `text` what a person reads; no text, nothing for people. */
  result(value: unknown, text?: string): void
  /** For people only, on stdout. */
  text(line: string): void
  /** For people only, on stderr: what is going on. */
  note(line: string): void
  warn(message: string, hint?: string): void
  fail(failure: Failure): void
  progress(label: string, total: number | undefined, unit: 'bytes' | 'items'): Progress
}

type Stream = NodeJS.WriteStream

export function createOutput(json: boolean, stdout: Stream = process.stdout, stderr: Stream = process.stderr): Output {
  const print = (line: string) => void stdout.write(`${line}\n`)
  const say = (line: string) => void stderr.write(`${line}\n`)
  const label = (colour: 'red' | 'yellow' | 'cyan', text: string) =>
    styleText([colour, 'bold'], text, { stream: stderr })
  const hintLine = (hint: string | undefined) => {
    if (hint !== undefined) say(`${label('cyan', 'hint:')} ${printable(asTyped(hint))}`)
  }
  return {
    json,
    result(value, text) {
      if (json) print(JSON.stringify(value))
      else if (text !== undefined) print(printable(text))
    },
    text(line) {
      if (!json) print(printable(line))
    },
    note(line) {
      if (!json) say(printable(asTyped(line)))
    },
    warn(message, hint) {
      say(`${label('yellow', 'warning:')} ${printable(asTyped(message))}`)
      hintLine(hint)
    },
    fail({ message, hint }) {
      say(`${label('red', 'error:')} ${printable(asTyped(message))}`)
      hintLine(hint)
    },
    progress: (name, total, unit) => (stderr.isTTY ? drawProgress(stderr, name, total, unit) : SILENT),
  }
}

const SILENT: Progress = { update() {}, end() {} }

/** At most ten times a second: a bar must not cost what it measures. */
const REDRAW_MS = 100

function drawProgress(stream: Stream, name: string, total: number | undefined, unit: 'bytes' | 'items'): Progress {
  let drawn = Number.NEGATIVE_INFINITY
  const amount = (n: number) => (unit === 'bytes' ? formatBytes(n) : String(n))
  return {
    update(done) {
      const now = performance.now()
      if (now - drawn < REDRAW_MS) return
      drawn = now
      const bar = total === undefined || total === 0 ? '' : ` ${barOf(done / total)}`
      stream.write(`\r\u001b[K${name}${bar} ${amount(done)}${total === undefined ? '' : ` of ${amount(total)}`}`)
    },
    end() {
      if (drawn !== Number.NEGATIVE_INFINITY) stream.write('\r\u001b[K')
    },
  }
}

function barOf(fraction: number): string {
  const filled = Math.min(20, Math.max(0, Math.round(fraction * 20)))
  return `[${'#'.repeat(filled)}${'-'.repeat(20 - filled)}]`
}

/** Binary units, as sizes on a disk are shown: `512 B`, `1.4 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

/** A file name may hold escape sequences that would drive the terminal: control characters are shown, not sent. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (c) =>
    c === '\n' || c === '\t' ? c : `\\u{${c.codePointAt(0)?.toString(16)}}`,
  )
}

/** Rows as columns, two spaces between. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  }
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
