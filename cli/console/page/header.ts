// The bar on top: where you are, the threat level, the connection, the theme; and below it what still needs doing.
import type { Status } from '../api.ts'
import type { App } from './app.ts'
import { add, h, on, spoken } from './dom.ts'
import type { Connection } from './events.ts'
import { icon, mark } from './icons.ts'
import { announce, copyButton } from './notice.ts'
import { themeButton } from './theme.ts'

const THREAT: Readonly<Record<Status['threat'], { name: string; means: string }>> = {
  normal: { name: 'Normal', means: 'Links are limited by their tier alone.' },
  elevated: { name: 'Elevated', means: 'Unusual reads were seen: links are shorter and open less often.' },
  severe: { name: 'Severe', means: 'Links are as tight as the policy allows, and previews are redacted.' },
}

const CONNECTION: Readonly<Record<Connection, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
  refused: 'Signed out',
}

const PLACES = [
  { route: 'vault', name: 'Vault' },
  { route: 'reads', name: 'Reads' },
  { route: 'failed', name: 'Failed' },
] as const

/** @returns a function that marks the current place. */
export function drawHeader(app: App, parent: HTMLElement, signal: AbortSignal): (route: string) => void {
  const failedCount = h('span', { class: 'count', hidden: true })
  const links = PLACES.map(({ route, name }) => {
    const link = h('a', { href: `#/${route}` }, name)
    if (route === 'failed') add(link, ' ', failedCount)
    return { route, link }
  })

  const threat = h('button', { type: 'button', class: 'pill threat', popovertarget: 'threat-words', hidden: true })
  const threatNow = h('p', {})
  const threatWords = h(
    'div',
    { id: 'threat-words', class: 'popover', popover: true, role: 'note', 'aria-label': 'What the threat level is' },
    threatNow,
    h(
      'p',
      { class: 'muted popover-more' },
      'The threat level tightens links, and what is sealed meanwhile, when reads look unusual. Nothing watches reads in this version yet, so it stays normal.',
    ),
  )
  const state = h('span', {})
  const connection = on(
    h(
      'button',
      { type: 'button', class: 'pill connection' },
      h('span', { class: 'dot', 'aria-hidden': 'true' }),
      state,
    ),
    'click',
    () => app.stream.retryNow(),
  )
  const warnings = h('ul', { class: 'warnings', 'aria-label': 'Needs doing' })

  add(
    parent,
    h(
      'div',
      { class: 'bar-row' },
      h('a', { href: '#/vault', class: 'brand' }, mark(), h('span', { class: 'brand-name' }, 'Safelight')),
      h('nav', { 'aria-label': 'Places' }, ...links.map(({ link }) => link)),
      h('div', { class: 'bar-end' }, threat, connection, themeButton()),
    ),
  )
  parent.after(warnings)
  parent.append(threatWords)

  app.status.watch((status) => {
    threat.hidden = status === null
    if (!status) return
    const { name, means } = THREAT[status.threat]
    threat.replaceChildren(h('span', { class: 'pill-label' }, 'Threat'), ' ', name)
    threat.title = 'What the threat level is'
    threatNow.replaceChildren(h('strong', {}, `Threat level: ${name.toLowerCase()}. `), means)
    document.documentElement.dataset.threat = status.threat
    warnings.replaceChildren(
      ...status.warnings.map(({ text, hint }) =>
        h('li', {}, icon('warning', 18), h('p', {}, text, hint && h('span', { class: 'hint' }, ...hintWords(hint)))),
      ),
    )
  }, signal)

  let before: Connection = 'connecting'
  app.stream.connection.watch((now) => {
    connection.dataset.state = now
    state.textContent = CONNECTION[now]
    connection.title = now === 'live' ? 'Events arrive as they happen' : 'Try again now'
    if (now !== before && (now === 'reconnecting' || before === 'reconnecting')) announce(`${CONNECTION[now]}.`)
    before = now
  }, signal)

  app.failed.watch((failed) => {
    const count = failed.state === 'ready' ? failed.value.length : 0
    failedCount.hidden = count === 0
    failedCount.replaceChildren(String(count), spoken(count === 1 ? ' item' : ' items'))
  }, signal)

  return (route) => {
    for (const { route: place, link } of links) {
      if (place === route) link.setAttribute('aria-current', 'page')
      else link.removeAttribute('aria-current')
    }
  }
}

/** A hint's commands, between back-ticks or as the whole hint, become code that can be copied. */
function hintWords(hint: string): (Node | string)[] {
  const text = hint.startsWith('safelight ') ? `\`${hint}\`` : hint
  return text.split(/`([^`]+)`/).flatMap<Node | string>((part, index) => {
    if (index % 2 === 0) return part === '' ? [] : [part]
    const copy = copyButton('Copy', () => part)
    copy.classList.add('small')
    return [h('span', { class: 'command' }, h('code', {}, part), copy)]
  })
}
