// The object page's small drawings: byte histograms and the chaotic map's orbit.
import { add, h, svg } from './dom.ts'
import { bytes as size } from './format.ts'
import { entropy, histogram, orbit } from './noise.ts'

const HIGH = 64

/** 256 bars on a scale that both histograms share: the dashed line is where every value is equally frequent. */
export function histogramFigure(name: string, data: Uint8Array, unit: string): HTMLElement {
  const counts = histogram(data)
  const even = data.length / 256
  // Twice the even share fills half of the height; what is more frequent is cut off at the top.
  const bars = counts.map((count, value) => {
    const height = even === 0 ? 0 : Math.min(HIGH, ((count / even) * HIGH) / 4)
    return `M${value} ${HIGH}h1v${-height.toFixed(2)}h-1z`
  })
  const bits = entropy(counts)
  const chart = svg(
    'svg',
    {
      viewBox: `0 0 256 ${HIGH}`,
      preserveAspectRatio: 'none',
      class: 'histogram',
      role: 'img',
      'aria-label': `${name}: how often each byte value occurs. ${bits.toFixed(2)} of 8 bits a byte.`,
    },
    svg('path', { d: bars.join(''), class: 'histogram-bars' }),
    svg('path', { d: `M0 ${HIGH * 0.75}H256`, class: 'histogram-even' }),
  )
  return h(
    'div',
    { class: 'histogram-box' },
    chart,
    h(
      'p',
      { class: 'axis' },
      h('span', {}, '00'),
      h('span', {}, `${bits.toFixed(2)} bits a byte, ${size(data.length)} ${unit}`),
      h('span', {}, 'FF'),
    ),
  )
}

/** Undefined for a map that this page can't draw. */
export function orbitFigure(map: string, parameters: readonly number[]): HTMLElement | undefined {
  const [kick] = parameters
  if (!/standard map/i.test(map) || kick === undefined) return undefined
  const canvas = h('canvas', {
    width: 192,
    height: 192,
    class: 'orbit',
    role: 'img',
    'aria-label': 'An orbit of this map, scattered over the whole square',
  })
  const context = canvas.getContext('2d')
  if (!context) return undefined
  const draw = () => {
    context.clearRect(0, 0, 192, 192)
    for (const [index, point] of orbit(kick, 3000).entries()) {
      context.fillStyle = index % 9 === 0 ? '#ff7a4d' : 'rgb(128 116 110 / 0.7)'
      context.fillRect(Math.floor(point.x * 192), Math.floor(point.y * 192), 1.5, 1.5)
    }
  }
  draw()
  const figure = h('figure', { class: 'orbit-figure' }, canvas)
  add(
    figure,
    h(
      'figcaption',
      { class: 'muted' },
      'An orbit with these parameters from a fixed start; the object’s own start is a secret.',
    ),
  )
  return figure
}
