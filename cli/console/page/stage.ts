// Preview beside noise: what the picture looks like to whoever may see it, and to everybody else; with both histograms.
import type { ObjectDetail } from '../api.ts'
import type { Cell } from './cell.ts'
import { histogramFigure } from './charts.ts'
import { api } from './client.ts'
import { add, h, svg } from './dom.ts'
import { percent } from './format.ts'
import { icon } from './icons.ts'
import { drawBytes, drawSpeckle, entropy, histogram, pixelBytes } from './noise.ts'
import { blank, failure } from './notice.ts'
import { picture } from './pictures.ts'
import { kindWords } from './words.ts'

const aspectOf = ({ sealed: { width, height } }: ObjectDetail): number =>
  width && height ? Math.min(2.4, Math.max(0.5, width / height)) : 4 / 3

/** Boxes in fractions of the picture, as an overlay that stretches with it; large ones first, labels only where they fit. */
function boxes(detail: ObjectDetail): HTMLElement {
  const overlay = h('div', { class: 'boxes' })
  const frame = svg('svg', { viewBox: '0 0 1 1', preserveAspectRatio: 'none', 'aria-hidden': 'true' })
  add(overlay, frame)
  const found = detail.sealed.detections
    .flatMap(({ kind, score, box }) => (box === null ? [] : [{ kind, score, ...box }]))
    .sort((one, other) => other.width * other.height - one.width * one.height)
  const labelled: { x: number; y: number }[] = []
  const firsts = found.filter(({ kind }, index) => found.findIndex((other) => other.kind === kind) === index)
  for (const { x, y, width, height } of found) add(frame, svg('rect', { x, y, width, height, class: 'box' }))
  // Every kind gets its label before any gets a second.
  for (const { kind, score, x, y } of [...firsts, ...found]) {
    const at = { x: Math.min(0.74, Math.max(0, x)), y: Math.min(0.92, Math.max(0, y)) }
    if (labelled.some((other) => Math.abs(other.x - at.x) < 0.32 && Math.abs(other.y - at.y) < 0.1)) continue
    labelled.push(at)
    const label = h('span', { class: 'box-label' }, `${kindWords(kind)} ${percent(score)}`)
    label.style.setProperty('--x', `${at.x * 100}%`)
    label.style.setProperty('--y', `${at.y * 100}%`)
    add(overlay, label)
  }
  return overlay
}

export function stage(detail: ObjectDetail, revealed: Cell<boolean>, signal: AbortSignal): HTMLElement {
  const aspect = aspectOf(detail)
  const compressed = h('span', {})
  const plainFrame = h('div', { class: 'frame' })
  const plainChart = h('div', { class: 'chart' })
  const sealedFrame = h('div', { class: 'frame' })
  const sealedChart = h('div', { class: 'chart' })
  for (const frame of [plainFrame, sealedFrame]) frame.style.setProperty('aspect-ratio', String(aspect))

  const overlay = boxes(detail)
  const note = h('div', { class: 'frame-note' }, icon('lock', 26), h('p', {}, 'This tier keeps no preview'))
  revealed.watch((shown) => {
    overlay.hidden = !shown
    note.hidden = shown && overlay.childElementCount > 1
  }, signal)

  const hasPreview = detail.renditions.includes('preview')
  if (hasPreview) {
    const showPlain = () => {
      plainFrame.replaceChildren(blank('loading', 'Decrypting the preview'))
      picture(detail.id, 'preview')
        .then(async ({ url, blob }) => {
          if (signal.aborted) return
          plainFrame.replaceChildren(h('img', { src: url, alt: 'Preview' }), overlay)
          const file = entropy(histogram(new Uint8Array(await blob.arrayBuffer())))
          compressed.textContent = ` The preview’s pixels are counted decoded; its compressed file has ${file.toFixed(2)} bits a byte already.`
          plainChart.replaceChildren(histogramFigure('Preview', await pixelBytes(blob, 256), 'of pixels'))
        })
        .catch((error: unknown) => !signal.aborted && plainFrame.replaceChildren(failure(error, showPlain)))
    }
    showPlain()
  } else {
    const canvas = h('canvas', { class: 'noise faint', 'aria-hidden': 'true' })
    drawSpeckle(canvas, detail.id)
    add(plainFrame, canvas, note, overlay)
    add(plainChart, h('p', { class: 'muted none' }, 'No plaintext to count without opening the original.'))
  }

  const canvas = h('canvas', {
    class: 'noise',
    role: 'img',
    'aria-label': 'The sealed bytes, one grey pixel each: even noise',
  })
  const showNoise = () => {
    sealedFrame.replaceChildren(blank('loading', 'Fetching sealed bytes'))
    api
      .noise(detail.id, signal)
      .then((bytes) => {
        drawBytes(canvas, bytes, aspect)
        sealedFrame.replaceChildren(canvas)
        sealedChart.replaceChildren(histogramFigure('As stored', bytes, 'as stored'))
      })
      .catch((error: unknown) => !signal.aborted && sealedFrame.replaceChildren(failure(error, showNoise)))
  }
  showNoise()

  return h(
    'section',
    { class: 'stage', 'aria-label': 'Preview and sealed bytes' },
    h(
      'figure',
      {},
      h('figcaption', {}, hasPreview ? 'Preview, decrypted for you' : 'No preview at this tier'),
      plainFrame,
      plainChart,
    ),
    h('figure', {}, h('figcaption', {}, 'As it lies in the vault'), sealedFrame, sealedChart),
    h(
      'p',
      { class: 'muted stage-note' },
      'Below each picture: how often every byte value occurs; the dashed line is an even share. The noise is even, as with any good cipher: that shows nothing about this one’s strength.',
      compressed,
    ),
  )
}
