// Small pieces that several views share: the tier's badge and times that stay true while the page is open.
import type { TierName } from '../api.ts'
import { h } from './dom.ts'
import { ago, moment } from './format.ts'
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

export function renewTimes(now: number): void {
  for (const node of document.querySelectorAll<HTMLTimeElement>('time.ago')) {
    const text = ago(Date.parse(node.dateTime), now)
    if (node.textContent !== text) node.textContent = text
  }
}
