// The page's icons, drawn as SVG elements: 24 units square, strokes in the text's colour.
import type { TierName } from '../api.ts'
import { svg } from './dom.ts'
import { TIERS } from './words.ts'

const PATHS = {
  back: ['M14.5 5.5 8 12l6.5 6.5'],
  check: ['m5 12.5 4.5 4.5L19 7.5'],
  clock: ['M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18', 'M12 7.5V12l3 2'],
  copy: ['M9 9h10.5v10.5H9z', 'M15 9V4.5H4.5V15H9'],
  cross: ['m6 6 12 12M18 6 6 18'],
  dark: ['M20 14.2A8.2 8.2 0 0 1 9.8 4 8.3 8.3 0 1 0 20 14.2Z'],
  auto: ['M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17', 'M12 3.5v17', 'M12 7l7 3M12 12h8.5M12 17l7-3'],
  light: [
    'M12 16.2a4.2 4.2 0 1 0 0-8.4 4.2 4.2 0 0 0 0 8.4',
    'M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  ],
  download: ['M12 4v11', 'm7 10.5 5 5 5-5', 'M5 20h14'],
  eye: ['M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z', 'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6'],
  hide: [
    'M4 4l16 16',
    'M9.5 5.9A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a17 17 0 0 1-3 3.7M6.2 7.4A16 16 0 0 0 2.5 12S6 18.5 12 18.5c1.5 0 2.8-.4 4-1',
  ],
  link: [
    'M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L12 6.3',
    'M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7l1.1-1.1',
  ],
  retry: ['M20 12a8 8 0 1 1-2.4-5.7L20 8.5', 'M20 4v4.5h-4.5'],
  sparkle: ['M12 4l1.9 5.1L19 11l-5.1 1.9L12 18l-1.9-5.1L5 11l5.1-1.9Z', 'M19 16.5v4M17 18.5h4'],
  tray: ['M12 15.5V5', 'm7.5 9 4.5-4.5L16.5 9', 'M4 14v4.5A1.5 1.5 0 0 0 5.5 20h13a1.5 1.5 0 0 0 1.5-1.5V14'],
  bin: ['M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 10.5v6M13.5 10.5v6'],
  warning: ['M12 4 2.8 19.5h18.4Z', 'M12 10v4.5M12 17v.2'],
  file: ['M6.5 3.5h7L18 8v12.5H6.5z', 'M13 3.5V8.5h5'],
  lock: ['M6 11h12v9H6z', 'M8.5 11V8a3.5 3.5 0 0 1 7 0v3'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type IconName = keyof typeof PATHS

/** Hidden from screen readers: the words beside it say what it means. */
export function icon(name: IconName, size = 20): SVGSVGElement {
  return svg(
    'svg',
    { viewBox: '0 0 24 24', width: size, height: size, class: 'icon', 'aria-hidden': 'true', focusable: 'false' },
    ...PATHS[name].map((d) => svg('path', { d })),
  )
}

/** The tier as one to four filled bars, so that it reads without colour. */
export function tierIcon(tier: TierName, size = 14): SVGSVGElement {
  const filled = TIERS.indexOf(tier) + 1
  const bars = TIERS.map((_, index) => {
    const height = 5 + index * 3
    return svg('rect', {
      x: 1 + index * 4,
      y: 15 - height,
      width: 2.6,
      height,
      rx: 1,
      class: index < filled ? 'bar-on' : 'bar-off',
    })
  })
  return svg(
    'svg',
    { viewBox: '0 0 16 16', width: size, height: size, class: 'tier-icon', 'aria-hidden': 'true' },
    ...bars,
  )
}

/** The mark: a lamp and its light. */
export function mark(size = 30): SVGSVGElement {
  return svg(
    'svg',
    { viewBox: '0 0 32 32', width: size, height: size, class: 'mark', 'aria-hidden': 'true' },
    svg('path', { d: 'M16 2v5', class: 'mark-cord' }),
    svg('path', { d: 'M7 16a9 9 0 0 1 18 0z', class: 'mark-lamp' }),
    svg('path', { d: 'M8 18.2h16L30 30H2z', class: 'mark-light' }),
  )
}
