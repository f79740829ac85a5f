// The rows of files on their way: thumbnail, name, ten steps, time, and how it ended.
import type { App } from './app.ts'
import { tierBadge } from './badge.ts'
import { nextFrame } from './cell.ts'
import { thumbnail } from './dissolve.ts'
import { add, h, keyedList, type ListItem, on, spoken } from './dom.ts'
import { bytes, cleanName, elapsed, plural, shortId, shortName } from './format.ts'
import { icon } from './icons.ts'
import { busy } from './notice.ts'
import { ended, type Progress, STEP_ORDER, statusWords, stepStates, worthShowing } from './progress.ts'
import { plainWords, STEP_WORDS } from './words.ts'

const MOST_ROWS = 24
/** How long a sealed row keeps its full height, so that its end can be seen. */
const SETTLE = 8000
const SAID = { done: ', done', current: ', now', failed: ', failed here', ahead: '' } as const

function row(app: App, first: Progress): ListItem<Progress> & { tick(): void } {
  const thumb = thumbnail(app.uploads.file(first.key))
  const steps = STEP_ORDER.map((step) => {
    const said = spoken('')
    return { said, node: h('li', {}, h('span', { class: 'step-name' }, STEP_WORDS[step].name), said) }
  })
  const title = h('p', { class: 'row-name' })
  const facts = h('span', { class: 'muted row-size' })
  const status = h('p', { class: 'row-status' })
  const time = h('span', { class: 'row-time muted' })
  const end = h('div', { class: 'row-end' })
  const node = h(
    'li',
    { class: 'row' },
    thumb.node,
    h(
      'div',
      { class: 'row-body' },
      h('div', { class: 'row-head' }, title, facts, end, time),
      status,
      h('ol', { class: 'steps' }, ...steps.map((step) => step.node)),
    ),
  )
  let now = first
  let settling: ReturnType<typeof setTimeout> | undefined
  let drawnEnd = ''

  function drawEnd(progress: Progress): void {
    const key = `${progress.phase} ${progress.tier} ${progress.objectId}`
    if (key === drawnEnd) return
    drawnEnd = key
    end.replaceChildren()
    if (progress.tier) add(end, tierBadge(progress.tier))
    if (progress.phase === 'done' && progress.objectId) {
      add(
        end,
        h(
          'a',
          { class: 'button small', href: `#/object/${progress.objectId}` },
          'Open',
          spoken(` ${shortName(progress.name ?? '')}`),
        ),
      )
    }
    if (progress.phase === 'failed') {
      const again = h('button', { type: 'button', class: 'small' }, icon('retry', 16), 'Retry')
      busy(again, () => app.uploads.retry(progress.key))
      add(end, again)
    }
  }

  const tick = () => {
    time.textContent = now.started === null ? '' : elapsed((now.ended ?? Date.now()) - now.started)
  }

  function update(progress: Progress): void {
    now = progress
    const name = progress.name === null ? `File ${shortId(progress.upload ?? '')}` : shortName(progress.name, 60)
    title.replaceChildren(h('bdi', {}, name))
    title.title = progress.name === null ? '' : cleanName(progress.name).slice(0, 300)
    facts.textContent = progress.size === null ? '' : bytes(progress.size)
    node.dataset.phase = progress.phase
    if (progress.phase !== 'done') {
      clearTimeout(settling)
      settling = undefined
      node.classList.remove('settled')
    } else settling ??= setTimeout(() => node.classList.add('settled'), SETTLE)
    status.replaceChildren(statusWords(progress))
    if (progress.phase === 'failed') {
      status.replaceChildren(icon('warning', 16), h('strong', {}, plainWords(progress.reason ?? 'failed')))
      if (progress.hint) add(status, ' ', progress.hint)
    }
    for (const [index, state] of stepStates(progress).entries()) {
      const step = steps[index]
      if (!step) continue
      step.node.dataset.state = state
      step.said.textContent = SAID[state]
      const part = progress.phase === 'sending' ? progress.sent : (progress.within ?? 0.5)
      step.node.style.setProperty(
        '--part',
        String(state === 'current' ? Math.max(0.06, part) : state === 'ahead' ? 0 : 1),
      )
    }
    const at = progress.step ? STEP_ORDER.indexOf(progress.step) : -1
    if (at > STEP_ORDER.indexOf('encrypt')) thumb.seal()
    drawEnd(progress)
    tick()
  }
  update(first)
  return { node, update, tick }
}

export function pipeline(app: App, signal: AbortSignal): HTMLElement {
  const summary = h('p', { class: 'muted' })
  const clear = on(h('button', { type: 'button', class: 'quiet small' }, 'Clear finished'), 'click', () =>
    app.uploads.clearEnded(),
  )
  const list = h('ul', { class: 'rows', 'aria-label': 'Files on their way' })
  const section = h(
    'section',
    { class: 'pipeline', 'aria-label': 'Uploads', hidden: true },
    h('div', { class: 'section-head' }, h('h2', {}, 'On the way'), summary, clear),
    list,
  )
  const ticks = new Map<string, () => void>()
  const draw = keyedList<Progress>(
    list,
    (progress) => progress.key,
    (progress) => {
      const item = row(app, progress)
      ticks.set(progress.key, item.tick)
      return { ...item, removed: () => ticks.delete(progress.key) }
    },
  )
  const drawAll = nextFrame(() => {
    if (signal.aborted) return
    const all = app.uploads.list.get()
    section.hidden = all.length === 0
    draw(worthShowing(all, MOST_ROWS))
    const done = all.filter(({ phase }) => phase === 'done').length
    const failed = all.filter(({ phase }) => phase === 'failed').length
    const rest = all.filter(({ phase }) => phase === 'waiting').length
    summary.textContent = [
      `${done} of ${plural(all.length, 'file')} sealed`,
      failed > 0 && `${failed} failed`,
      rest > 0 && `${rest} waiting`,
      all.length > MOST_ROWS && `showing ${MOST_ROWS}`,
    ]
      .filter(Boolean)
      .join(' · ')
    clear.hidden = !all.some(ended)
  })
  app.uploads.list.watch(drawAll, signal)
  const timer = setInterval(() => {
    for (const tick of ticks.values()) tick()
  }, 200)
  signal.addEventListener('abort', () => clearInterval(timer))
  return section
}
