// Links of one object: watch them run out, revoke them, and the form that makes one.
import type { LinkSummary, ObjectDetail } from '../api.ts'
import type { App } from './app.ts'
import { soon } from './cell.ts'
import { api, serverNow } from './client.ts'
import { add, h, keyedList, type ListItem } from './dom.ts'
import { countdown, moment, plural, shortId } from './format.ts'
import { linkForm } from './link-form.ts'
import { blank, busy, failure, toast } from './notice.ts'
import { RENDITION_WORDS } from './words.ts'

const ENDED: Readonly<Record<LinkSummary['state'], string>> = {
  active: 'Active',
  expired: 'Expired',
  'used-up': 'Used up',
  revoked: 'Revoked',
}

/** Counts down by the server's clock and says so once when it is over. */
function timer(expires: string, over: () => void): { node: HTMLElement; tick(): void } {
  const node = h('time', { datetime: expires, title: `Expires ${moment(expires)}`, class: 'countdown' })
  let ended = false
  const tick = () => {
    const left = Date.parse(expires) - serverNow()
    node.textContent = left > 0 ? countdown(left) : 'expired'
    node.classList.toggle('soon', left > 0 && left < 60_000)
    if (left <= 0 && !ended) {
      ended = true
      over()
    }
  }
  return { node, tick }
}

function row(first: LinkSummary, changed: () => void): ListItem<LinkSummary> & { tick(): void } {
  const clock = timer(first.expires, changed)
  const state = h('span', { class: 'link-state' })
  const uses = h('span', { class: 'muted' })
  const revoke = h('button', { type: 'button', class: 'small' }, 'Revoke')
  busy(revoke, async () => {
    await api.revoke(first.link)
    toast('Revoked. It opens nothing any more.')
    changed()
  })
  const node = h(
    'li',
    { class: 'link-row' },
    h(
      'div',
      {},
      h('strong', {}, RENDITION_WORDS[first.rendition] ?? first.rendition),
      ' ',
      h('code', { class: 'muted' }, shortId(first.link)),
    ),
    h('div', { class: 'link-facts' }, state, clock.node, uses),
    revoke,
  )
  const update = (link: LinkSummary) => {
    node.dataset.state = link.state
    state.textContent = ENDED[link.state]
    state.hidden = link.state === 'active'
    clock.node.hidden = link.state !== 'active'
    uses.textContent = `${link.usesLeft} of ${plural(link.uses, 'use')} left`
    revoke.hidden = link.state !== 'active'
    if (link.state === 'active') clock.tick()
  }
  update(first)
  return { node, update, tick: () => node.dataset.state === 'active' && clock.tick() }
}

export function linkPanel(app: App, detail: ObjectDetail, signal: AbortSignal): HTMLElement {
  const message = h('div', {})
  const list = h('ul', { class: 'links', 'aria-label': 'Links' })
  const ticks = new Map<string, () => void>()
  const reload = soon(() => void load(), 150)
  const draw = keyedList<LinkSummary>(
    list,
    ({ link }) => link,
    (link) => {
      const item = row(link, reload)
      ticks.set(link.link, item.tick)
      return { ...item, removed: () => ticks.delete(link.link) }
    },
  )
  async function load(): Promise<void> {
    try {
      const { links } = await api.links(detail.id, signal)
      message.replaceChildren()
      if (links.length === 0) add(message, blank('empty', 'No links yet', 'A link is the only way in from outside.'))
      draw(links)
    } catch (error) {
      if (!signal.aborted) message.replaceChildren(failure(error, reload))
    }
  }
  add(message, blank('loading', 'Looking for links'))
  void load()
  const clock = setInterval(() => {
    for (const tick of ticks.values()) tick()
  }, 500)
  signal.addEventListener('abort', () => clearInterval(clock))
  app.stream.events.listen((event) => {
    if (
      (event.type === 'changed' && event.what === 'links') ||
      (event.type === 'access' && event.access.object === detail.id)
    )
      reload()
  }, signal)

  return h(
    'section',
    { class: 'card link-panel', 'aria-label': 'Links' },
    h('h2', {}, 'Links'),
    linkForm(detail, load),
    message,
    list,
  )
}
