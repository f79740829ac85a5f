// One object in the grid: its preview when its tier has one, else a drawn speckle; never its name, which is sealed.
import type { ObjectSummary } from '../api.ts'
import { briefTimeAgo } from './badge.ts'
import { serverNow } from './client.ts'
import { add, h, type ListItem, spoken } from './dom.ts'
import { bytes, shortId } from './format.ts'
import { icon, tierIcon } from './icons.ts'
import { drawSpeckle } from './noise.ts'
import { picture } from './pictures.ts'
import { TIER_WORDS } from './words.ts'

export const hasPreview = (object: ObjectSummary): boolean => object.renditions.includes('preview')

/** `near` calls back once the tile comes close to the screen. */
export function tile(object: ObjectSummary, near: (node: Element, seen: () => void) => void): ListItem<ObjectSummary> {
  const frame = h('div', { class: 'tile-picture' })
  const speckle = () => {
    const canvas = h('canvas', { class: 'noise', 'aria-hidden': 'true' })
    drawSpeckle(canvas, object.id)
    frame.replaceChildren(canvas)
  }
  const node = h(
    'a',
    { class: `tile tier-${object.tier}`, href: `#/object/${object.id}`, tabindex: -1 },
    frame,
    h(
      'div',
      { class: 'tile-facts' },
      spoken(`${TIER_WORDS[object.tier].name} object, `),
      h('span', { class: 'tile-id' }, tierIcon(object.tier, 13), h('code', {}, shortId(object.id))),
      h('span', { class: 'muted' }, bytes(object.size)),
      briefTimeAgo(object.created, serverNow()),
    ),
  )
  if (!hasPreview(object)) {
    near(node, speckle)
    add(
      node,
      h('span', { class: 'tile-note', title: 'This tier keeps no preview' }, icon('lock', 15), spoken(', no preview')),
    )
  } else {
    near(node, () => {
      const image = h('img', { alt: '', decoding: 'async', draggable: 'false' })
      image.addEventListener('load', () => frame.classList.add('shown'))
      image.addEventListener('error', speckle)
      picture(object.id, 'preview').then(({ url }) => {
        image.src = url
        frame.replaceChildren(image)
      }, speckle)
    })
  }
  return { node }
}

/** Arrow keys move inside a group, which is one stop of the Tab key. */
export function arrowKeys(group: HTMLElement): void {
  const tiles = () => [...group.querySelectorAll<HTMLElement>('a.tile')]
  const enter = (node: HTMLElement) => {
    for (const other of tiles()) other.tabIndex = other === node ? 0 : -1
  }
  group.addEventListener('focusin', (event) => {
    if (event.target instanceof HTMLElement && event.target.matches('a.tile')) enter(event.target)
  })
  group.addEventListener('keydown', (event) => {
    const all = tiles()
    const at = all.findIndex((node) => node.matches(':focus'))
    if (at < 0) return
    const top = all[at]?.offsetTop
    const columns = Math.max(1, all.filter((node) => node.offsetTop === all[0]?.offsetTop).length)
    const to = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      ArrowDown: at + columns,
      ArrowUp: at - columns,
      Home: 0,
      End: all.length - 1,
    }[event.key]
    if (to === undefined || top === undefined) return
    event.preventDefault()
    all[Math.min(all.length - 1, Math.max(0, to))]?.focus()
  })
}

/** Keeps one tile of the group reachable by Tab as tiles come and go. */
export function oneStop(group: HTMLElement): void {
  if (group.querySelector('a.tile[tabindex="0"]')) return
  const first = group.querySelector<HTMLElement>('a.tile')
  if (first) first.tabIndex = 0
}
