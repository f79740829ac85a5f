// Builds the page's elements. Text only ever becomes a text node, so that no name or reason can turn into markup.

export type Child = Node | string | number | null | undefined | false
export type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>

function fill(node: Element, attributes: Attributes, children: readonly Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (/^on|^style$|^srcdoc$/i.test(name)) throw new TypeError(`attribute ${name} is not for this page`)
    if (value === false || value === null || value === undefined) continue
    node.setAttribute(name, value === true ? '' : String(value))
  }
  add(node, ...children)
}

export function add(node: Element, ...children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue
    node.append(typeof child === 'number' ? String(child) : child)
  }
}

/** An HTML element. `true` makes an empty attribute; `false`, `null` and `undefined` make none. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag)
  fill(node, attributes, children)
  return node
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag)
  fill(node, attributes, children)
  return node
}

/** Adds a listener and returns the element, so that it can stand inside `h(...)`. */
export function on<N extends HTMLElement, E extends keyof HTMLElementEventMap>(
  node: N,
  type: E,
  handler: (event: HTMLElementEventMap[E]) => void,
): N {
  node.addEventListener(type, handler)
  return node
}

/** Text that only screen readers get. */
export const spoken = (text: string): HTMLElement => h('span', { class: 'hidden-text' }, text)

export interface ListItem<T> {
  readonly node: HTMLElement
  readonly update?: (item: T) => void
  readonly removed?: () => void
}

/** Keeps `parent`'s children in step with a list, touching only what changed, so that focus and scroll survive. */
export function keyedList<T>(
  parent: HTMLElement,
  keyOf: (item: T) => string,
  create: (item: T) => ListItem<T>,
): (items: readonly T[]) => void {
  const shown = new Map<string, ListItem<T>>()
  return (items) => {
    const wanted = new Set(items.map(keyOf))
    for (const [key, item] of shown) {
      if (wanted.has(key)) continue
      shown.delete(key)
      item.node.remove()
      item.removed?.()
    }
    for (const [index, item] of items.entries()) {
      const key = keyOf(item)
      let entry = shown.get(key)
      if (entry) entry.update?.(item)
      else {
        entry = create(item)
        shown.set(key, entry)
      }
      const there = parent.children[index] ?? null
      if (there !== entry.node) parent.insertBefore(entry.node, there)
    }
  }
}
