// The vault's grid: four tiers with their counts, paged in as one scrolls.
import type { ObjectSummary, TierName } from '../api.ts'
import type { App } from './app.ts'
import { add, h, keyedList, on } from './dom.ts'
import { plural } from './format.ts'
import { tierIcon } from './icons.ts'
import { blank, failure, toastError } from './notice.ts'
import { arrowKeys, oneStop, tile } from './tile.ts'
import { TIER_WORDS, TIERS } from './words.ts'

/** Up to so many in every tier, the tiers stand side by side. */
const FEW = 4

type Choice = TierName | 'all'

export function grid(app: App, signal: AbortSignal): HTMLElement {
  const seen = new Map<Element, () => void>()
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue
        watcher.unobserve(target)
        seen.get(target)?.()
        seen.delete(target)
      }
    },
    { rootMargin: '400px' },
  )
  const near = (node: Element, run: () => void) => {
    seen.set(node, run)
    watcher.observe(node)
  }

  let choice: Choice = 'all'
  const groups = TIERS.map((tier) => {
    const count = h('span', { class: 'count' })
    const tiles = h('div', { class: 'tiles' })
    const none = h('p', { class: 'muted none' }, 'None yet')
    arrowKeys(tiles)
    const node = h(
      'section',
      { class: `group tier-${tier}`, 'aria-label': TIER_WORDS[tier].name },
      h(
        'header',
        { class: 'group-head' },
        h('h3', {}, tierIcon(tier, 16), TIER_WORDS[tier].name, ' ', count),
        h('p', { class: 'muted' }, TIER_WORDS[tier].means),
      ),
      tiles,
      none,
    )
    const draw = keyedList<ObjectSummary>(
      tiles,
      ({ id }) => id,
      (object) => tile(object, near),
    )
    return { tier, node, tiles, none, count, draw }
  })

  const chips = (['all', ...TIERS] as const).map((value) => {
    const button = h('button', { type: 'button', class: `chip tier-${value}`, 'aria-pressed': 'false' })
    on(button, 'click', () => {
      choice = value
      drawAll()
    })
    return { value, button }
  })

  const body = h('div', { class: 'groups' }, ...groups.map(({ node }) => node))
  const message = h('div', {})
  const more = on(
    h('button', { type: 'button', class: 'more' }, 'Show more'),
    'click',
    () => void app.objects.more().catch(toastError),
  )
  const total = h('p', { class: 'muted' })
  const head = h(
    'div',
    { class: 'section-head' },
    h('h2', {}, 'Vault'),
    total,
    h('div', { class: 'chips', role: 'group', 'aria-label': 'Show tier' }, ...chips.map(({ button }) => button)),
  )
  const section = h('section', { class: 'vault-grid', 'aria-label': 'Sealed objects' }, head, message, body, more)

  function drawAll(): void {
    const pages = app.objects.pages.get()
    const objects = pages.state === 'ready' ? pages.value.objects : []
    const open = pages.state === 'ready' && pages.value.next !== null
    const few =
      groups.every(({ tier }) => objects.filter((object) => object.tier === tier).length <= FEW) && choice === 'all'
    head.hidden = objects.length === 0
    body.hidden = objects.length === 0
    body.classList.toggle('few', few)
    more.hidden = !open
    total.textContent = `${plural(objects.length, 'sealed object')}${open ? ' so far' : ''}`
    for (const { tier, node, tiles, none, count, draw } of groups) {
      const own = objects.filter((object) => object.tier === tier)
      draw(own)
      oneStop(tiles)
      count.textContent = `${own.length}${open ? '+' : ''}`
      none.hidden = own.length > 0
      node.hidden = choice !== 'all' && choice !== tier
      node.classList.toggle('is-empty', own.length === 0)
    }
    for (const { value, button } of chips) {
      const count = value === 'all' ? objects.length : objects.filter(({ tier }) => tier === value).length
      button.replaceChildren(...(value === 'all' ? ['All'] : [tierIcon(value, 13), TIER_WORDS[value].name]), ' ')
      add(button, h('span', { class: 'count' }, count))
      button.setAttribute('aria-pressed', String(choice === value))
    }
    message.replaceChildren()
    if (pages.state === 'loading') add(message, blank('loading', 'Opening the vault'))
    if (pages.state === 'error')
      add(
        message,
        failure(pages.error, () => app.objects.refresh()),
      )
  }

  app.objects.pages.watch(drawAll, signal)
  const end = new IntersectionObserver(
    (entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) void app.objects.more().catch(() => {})
    },
    { rootMargin: '600px' },
  )
  end.observe(more)
  signal.addEventListener('abort', () => {
    watcher.disconnect()
    end.disconnect()
  })
  return section
}
