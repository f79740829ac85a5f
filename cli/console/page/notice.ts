// Tells the person: toasts for the eye, a polite live region for the ear, a dialog where something can't be undone.

import { explain } from './client.ts'
import { add, h, on } from './dom.ts'
import { icon } from './icons.ts'

const live = document.querySelector('#live')
const toasts = document.querySelector('#toasts')
let pending: string[] = []
let timer: ReturnType<typeof setTimeout> | undefined

/** Spoken politely; what comes in bursts is said together, and a long burst is counted instead of recited. */
export function announce(text: string): void {
  pending.push(text)
  clearTimeout(timer)
  timer = setTimeout(() => {
    if (live) live.textContent = pending.length > 4 ? `${pending.length} updates. ${pending.at(-1)}` : pending.join(' ')
    pending = []
  }, 400)
}

export function toast(text: string, kind: 'good' | 'bad' = 'good', hint = ''): void {
  const node = h(
    'div',
    { class: `toast toast-${kind}` },
    icon(kind === 'good' ? 'check' : 'warning'),
    h('p', {}, text, hint && h('span', { class: 'hint' }, hint)),
  )
  const close = on(
    h('button', { class: 'quiet square', type: 'button', 'aria-label': 'Dismiss' }, icon('cross', 16)),
    'click',
    () => node.remove(),
  )
  add(node, close)
  toasts?.append(node)
  announce(`${text} ${hint}`)
  setTimeout(() => node.remove(), kind === 'good' ? 4000 : 9000)
}

export function toastError(error: unknown): void {
  const { text, hint } = explain(error)
  toast(text, 'bad', hint)
}

export interface Question {
  readonly title: string
  readonly text: string
  readonly yes: string
}

/** A modal question. Escape, the backdrop and the first button all mean no. */
export function confirmed({ title, text, yes }: Question): Promise<boolean> {
  return new Promise((resolve) => {
    const no = on(h('button', { type: 'button', autofocus: true }, 'Keep it'), 'click', () => dialog.close())
    const doIt = on(h('button', { type: 'button', class: 'danger' }, icon('bin', 18), yes), 'click', () =>
      dialog.close('yes'),
    )
    const dialog = h(
      'dialog',
      { class: 'dialog', 'aria-labelledby': 'question' },
      h('h2', { id: 'question' }, title),
      h('p', {}, text),
      h('div', { class: 'actions end' }, no, doIt),
    )
    on(dialog, 'click', (event) => event.target === dialog && dialog.close())
    on(dialog, 'close', () => {
      resolve(dialog.returnValue === 'yes')
      dialog.remove()
    })
    document.body.append(dialog)
    dialog.showModal()
  })
}

/** An empty, loading or failed list, always in the same shape. */
export function blank(
  kind: 'empty' | 'loading' | 'error',
  title: string,
  text = '',
  action?: HTMLElement,
): HTMLElement {
  return h(
    'div',
    { class: `blank blank-${kind}`, role: kind === 'error' ? 'alert' : false },
    kind === 'loading' && h('span', { class: 'spinner', 'aria-hidden': 'true' }),
    h('p', { class: 'blank-title' }, title),
    text && h('p', { class: 'muted' }, text),
    action,
  )
}

export function failure(error: unknown, again: () => void): HTMLElement {
  const { text, hint } = explain(error)
  const button = on(h('button', { type: 'button' }, icon('retry', 18), 'Try again'), 'click', again)
  return blank('error', text, hint, button)
}

/** Runs a button's work once at a time and shows that it runs. */
export function busy(button: HTMLButtonElement, work: () => Promise<unknown>): void {
  on(button, 'click', () => {
    if (button.getAttribute('aria-busy') === 'true') return
    button.setAttribute('aria-busy', 'true')
    work()
      .catch(toastError)
      .finally(() => button.removeAttribute('aria-busy'))
  })
}

/** Copies, also where the clipboard interface is missing because the page isn't in a secure context. */
export async function copyText(text: string, field: HTMLInputElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    field?.focus()
    field?.select()
    return field !== null && document.execCommand('copy')
  }
}

/** A copy button that says that it worked. `text` is asked for when it is pressed. */
export function copyButton(
  label: string,
  text: () => string,
  field: HTMLInputElement | null = null,
): HTMLButtonElement {
  const words = h('span', {}, label)
  const button = h('button', { type: 'button', class: 'copy' }, icon('copy', 18), words)
  on(button, 'click', async () => {
    const worked = await copyText(text(), field)
    words.textContent = worked ? 'Copied' : 'Press Ctrl+C'
    button.classList.toggle('copied', worked)
    announce(worked ? 'Copied.' : 'Copying was refused: the text is selected.')
    setTimeout(() => {
      words.textContent = label
      button.classList.remove('copied')
    }, 2200)
  })
  return button
}
