// Small pieces that several views share: the tier's badge and times that stay true while the page is open.
import type { TierName } from '../api.ts'
import { h } from './dom.ts'
import { ago, briefAgo, moment } from './format.ts'
import { tierIcon } from './icons.ts'
import { TIER_WORDS } from './words.ts'

export function tierBadge(tier: TierName): HTMLElement {
  return h(
    'span',
    { class: `tier tier-${tier}`, title: TIER_WORDS[tier].means },
    tierIcon(tier),
    h('span', {}, TIER_WORDS[tier].name),
  )
}

/** How long ago, with the exact time on hover; main.ts renews them all every half minute. */
export function timeAgo(time: string, now: number): HTMLTimeElement {
  return h('time', { datetime: time, title: moment(time), class: 'ago' }, ago(Date.parse(time), now))
}

/** As `timeAgo` for narrow places; read aloud in full. */
export function briefTimeAgo(time: string, now: number): HTMLTimeElement {
  const node = h('time', { datetime: time, title: moment(time), class: 'ago brief' })
  renew(node, now)
  return node
}

function renew(node: HTMLTimeElement, now: number): void {
  const time = Date.parse(node.dateTime)
  const brief = node.classList.contains('brief')
  const text = brief ? briefAgo(time, now) : ago(time, now)
  if (node.textContent === text) return
  node.textContent = text
  if (brief) node.ariaLabel = ago(time, now)
}

export function renewTimes(now: number): void {
  for (const node of document.querySelectorAll<HTMLTimeElement>('time.ago')) renew(node, now)
}
