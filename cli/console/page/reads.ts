// Every read as it happens.
import type { AccessEvent } from '../../../shared/platform/ports.ts'
import { accessTable } from './access.ts'
import type { View } from './app.ts'
import { add, h, on } from './dom.ts'
import { plural } from './format.ts'
import { announce, blank, failure } from './notice.ts'

type Filter = 'all' | 'whole' | 'link' | 'refused'

const FILTERS: readonly {
  readonly value: Filter
  readonly name: string
  readonly fits: (access: AccessEvent) => boolean
}[] = [
  { value: 'all', name: 'All', fits: () => true },
  {
    value: 'whole',
    name: 'Originals',
    fits: ({ action, rendition }) => action === 'read' && (rendition ?? 'original') === 'original',
  },
  { value: 'link', name: 'By link', fits: ({ link }) => link !== undefined },
  { value: 'refused', name: 'Refused', fits: ({ status }) => status >= 400 },
]

export const readsView: View = (app, signal) => {
  const table = accessTable(true)
  const message = h('div', {})
  const summary = h('p', { class: 'muted' })
  let filter: Filter = 'all'
  let paused: readonly AccessEvent[] | null = null

  const chips = FILTERS.map(({ value, name }) => {
    const button = on(h('button', { type: 'button', class: 'chip', 'aria-pressed': 'false' }, name), 'click', () => {
      filter = value
      draw()
    })
    return { value, button }
  })
  const pause = on(h('button', { type: 'button', class: 'small', 'aria-pressed': 'false' }, 'Pause'), 'click', () => {
    const accesses = app.accesses.get()
    paused = paused === null && accesses.state === 'ready' ? accesses.value : null
    pause.setAttribute('aria-pressed', String(paused !== null))
    draw()
  })

  function draw(): void {
    const accesses = app.accesses.get()
    message.replaceChildren()
    const all = paused ?? (accesses.state === 'ready' ? accesses.value : [])
    const fits = FILTERS.find(({ value }) => value === filter)?.fits ?? (() => true)
    const shown = all.filter(fits)
    table.draw(shown)
    table.node.hidden = shown.length === 0
    for (const { value, button } of chips) button.setAttribute('aria-pressed', String(value === filter))
    const missed =
      paused && accesses.state === 'ready' ? accesses.value.filter((access) => !all.includes(access)).length : 0
    pause.textContent = paused ? `Go on${missed > 0 ? ` (${missed} new)` : ''}` : 'Pause'
    summary.textContent = all.length > 0 ? plural(shown.length, 'event') : ''
    if (accesses.state === 'loading') add(message, blank('loading', 'Fetching the latest reads'))
    else if (accesses.state === 'error') add(message, failure(accesses.error, app.reloadAccesses))
    else if (all.length === 0)
      add(
        message,
        blank(
          'empty',
          'Nobody has read anything yet',
          'Every read, link and refusal appears here the moment it happens.',
        ),
      )
    else if (shown.length === 0)
      add(message, blank('empty', 'Nothing of this kind', 'Choose another filter to see the rest.'))
  }

  app.accesses.watch(draw, signal)
  app.stream.events.listen((event) => {
    if (event.type === 'access' && event.access.status >= 400) announce('A read was refused.')
  }, signal)

  const node = h(
    'div',
    { class: 'view' },
    h(
      'div',
      { class: 'view-head' },
      h('h1', { tabindex: -1 }, 'Reads'),
      h('p', { class: 'muted lead' }, 'Every read is recorded, the previews that this page shows you included.'),
    ),
    h(
      'div',
      { class: 'section-head' },
      h('div', { class: 'chips', role: 'group', 'aria-label': 'Show' }, ...chips.map(({ button }) => button)),
      summary,
      pause,
    ),
    message,
    table.node,
  )
  return { title: 'Reads', node }
}
