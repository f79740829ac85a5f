// What the page shows without a valid token: how to get one.
import { h, on } from './dom.ts'
import { mark } from './icons.ts'
import { copyButton } from './notice.ts'
import { adoptToken } from './session.ts'

export function lockedView(refused: boolean): HTMLElement {
  const field = h('input', {
    type: 'text',
    id: 'paste-url',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: 'http://localhost…#token=…',
  })
  const wrong = h('p', { class: 'wrong', role: 'alert' })
  const open = on(h('button', { type: 'button', class: 'primary' }, 'Open'), 'click', () => {
    if (!adoptToken(field.value))
      wrong.textContent = 'There is no token in that. The whole URL ends in #token= and some letters.'
  })
  on(field, 'keydown', (event) => event.key === 'Enter' && open.click())
  const copy = copyButton('Copy', () => 'safelight serve')
  copy.classList.add('small')
  return h(
    'div',
    { class: 'view locked' },
    mark(56),
    h('h1', { tabindex: -1 }, refused ? 'This page’s key is no longer valid' : 'This page needs its key'),
    h(
      'p',
      { class: 'muted lead' },
      'Open the URL that ',
      h('code', {}, 'safelight serve'),
      ' printed: it carries the access token. A restarted server prints a fresh one. If you can’t find it, stop the server with Ctrl+C and start it again:',
    ),
    h('p', { class: 'command' }, h('code', {}, 'safelight serve'), copy),
    h(
      'div',
      { class: 'field' },
      h('label', { for: 'paste-url' }, 'Or paste the URL here'),
      h('div', { class: 'joined' }, field, open),
    ),
    wrong,
  )
}
