// Dark, light or as the system says. early.ts applies the stored choice before the first paint.
import { h, on } from './dom.ts'
import { type IconName, icon } from './icons.ts'

const ORDER = ['auto', 'dark', 'light'] as const
type Theme = (typeof ORDER)[number]
const WORDS: Readonly<Record<Theme, string>> = { auto: 'as the system', dark: 'dark', light: 'light' }
const ICONS: Readonly<Record<Theme, IconName>> = { auto: 'auto', dark: 'dark', light: 'light' }

function current(): Theme {
  return ORDER.find((theme) => theme === document.documentElement.dataset.theme) ?? 'auto'
}

export function themeButton(): HTMLButtonElement {
  const button = h('button', { type: 'button', class: 'quiet square', id: 'theme' })
  const show = () => {
    const theme = current()
    const next = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length] ?? 'auto'
    button.replaceChildren(icon(ICONS[theme]))
    button.setAttribute('aria-label', `Theme: ${WORDS[theme]}. Change to ${WORDS[next]}.`)
    button.title = `Theme: ${WORDS[theme]}`
  }
  on(button, 'click', () => {
    const next = ORDER[(ORDER.indexOf(current()) + 1) % ORDER.length] ?? 'auto'
    if (next === 'auto') {
      delete document.documentElement.dataset.theme
      localStorage.removeItem('safelight-theme')
    } else {
      document.documentElement.dataset.theme = next
      localStorage.setItem('safelight-theme', next)
    }
    show()
  })
  show()
  return button
}
