// Numbers, times and hostile names as text. No DOM in here.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** Binary units, letter for letter as the command line prints them. */
export function bytes(count: number): string {
  let value = count
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`
}

export const count = (value: number): string => value.toLocaleString('en')

export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** Elapsed milliseconds: `0.8 s`, `12 s`, `3 min 05 s`. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 60) return `${Math.floor(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`
}

/** Time left: `6 d 4 h`, `2 h 05 min`, `9:59`, `0:07`. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const pad = (value: number) => String(value).padStart(2, '0')
  if (seconds >= 86_400) return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${pad(Math.floor((seconds % 3600) / 60))} min`
  return `${Math.floor(seconds / 60)}:${pad(seconds % 60)}`
}

/** `just now`, `5 min ago`, `3 h ago`, `2 d ago`, `Oct 26`, `Oct 2025`. */
export function ago(time: number, now: number): string {
  const minutes = Math.floor((now - time) / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${minutes} min ago`
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`
  if (minutes < 7 * 24 * 60) return `${Math.floor(minutes / 1440)} d ago`
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear()
  return new Date(time).toLocaleDateString('en', {
    month: 'short',
    ...(sameYear ? { day: 'numeric' } : { year: 'numeric' }),
  })
}

/** As `ago`, where there is little room: `now`, `5 m`, `3 h`, `2 d`, `Oct 26`, `Oct 2025`. */
export function briefAgo(time: number, now: number): string {
  const words = ago(time, now)
  return words === 'just now' ? 'now' : words.replace(/^(\d+) (m|h|d)\w* ago$/, '$1 $2')
}

/** A whole number of seconds in its largest unit that says it exactly: `1 minute`, `36 hours`, `7 days`. */
export function lifeWords(seconds: number): string {
  const [size, unit] = (
    [
      [86_400, 'day'],
      [3600, 'hour'],
      [60, 'minute'],
    ] as const
  ).find(([size]) => seconds % size === 0) ?? [1, 'second']
  return plural(seconds / size, unit)
}

export const moment = (time: string | number): string =>
  new Date(time).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'medium' })

export const clockTime = (time: string): string =>
  new Date(time).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })

export const percent = (fraction: number): string => `${Math.round(fraction * 100)}%`

/** The first eight digits name an object well enough for people. */
export const shortId = (id: string): string => (id.length > 12 ? id.slice(0, 8) : id)

const DIRECTION = /[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g
const LINE = /[\u0080-\u009f\u2028\u2029\ufff9-\ufffb]/g

/** A name that can't break a line, hide a part of itself or turn its neighbours around. Controls become visible marks. */
export function cleanName(name: string): string {
  return [...name.toWellFormed()]
    .map((char) => {
      const code = char.codePointAt(0) ?? 0
      if (code < 0x20) return String.fromCodePoint(0x2400 + code)
      return code === 0x7f ? '\u2421' : char
    })
    .join('')
    .replace(DIRECTION, '')
    .replace(LINE, '\ufffd')
    .trim()
}

/** Shortened in the middle, because both how a name starts and its extension tell files apart. */
export function shortName(name: string, longest = 48): string {
  const clean = [...cleanName(name)]
  if (clean.length === 0) return 'unnamed'
  if (clean.length <= longest) return clean.join('')
  const tail = Math.min(14, Math.floor(longest / 3))
  return `${clean.slice(0, longest - tail - 1).join('')}\u2026${clean.slice(-tail).join('')}`
}
