// The form that makes a link: it offers what the tier allows, and says at the field what was refused.
import type { LinkCreated, ObjectDetail } from '../api.ts'
import { api, CallFailed } from './client.ts'
import { h, on } from './dom.ts'
import { lifeWords } from './format.ts'
import { icon } from './icons.ts'
import { approvalWords, fieldOf, limitWords, livesWithin, usesWrong, usualLife } from './limits.ts'
import { announce, busy, copyButton } from './notice.ts'
import { plainWords, RENDITION_WORDS } from './words.ts'

function madeLink(made: LinkCreated): HTMLElement {
  const field = h('input', {
    type: 'text',
    readonly: true,
    value: made.url,
    'aria-label': 'The link',
    id: 'link-url',
    spellcheck: 'false',
  })
  on(field, 'focus', () => field.select())
  return h(
    'div',
    { class: 'made' },
    h('p', {}, h('strong', {}, 'Copy it now.'), ' It is shown this once; whoever has it can open it.'),
    h(
      'div',
      { class: 'joined' },
      field,
      copyButton('Copy', () => made.url, field),
    ),
  )
}

interface Field {
  readonly node: HTMLElement
  /** Says what is wrong with it, or with an empty text that nothing is any more. */
  wrong(text: string): void
}

function fieldWith(label: string, input: HTMLInputElement | HTMLSelectElement): Field {
  const words = h('p', { class: 'wrong', id: `${input.id}-wrong`, role: 'alert', hidden: true })
  const wrong = (text: string) => {
    words.hidden = text === ''
    words.textContent = text
    input.setAttribute('aria-invalid', String(text !== ''))
    if (text === '') input.removeAttribute('aria-describedby')
    else input.setAttribute('aria-describedby', words.id)
  }
  on(input, 'input', () => wrong(''))
  return { node: h('div', { class: 'field' }, h('label', { for: input.id }, label), input, words), wrong }
}

/** `made` is called after every new link. */
export function linkForm(detail: ObjectDetail, made: () => Promise<void>): HTMLElement {
  const { limits } = detail
  const rendition = h(
    'select',
    { id: 'link-rendition' },
    ...(['original', ...detail.renditions] as const).map((value) =>
      h('option', { value }, RENDITION_WORDS[value] ?? value),
    ),
  )
  const life = h(
    'select',
    { id: 'link-ttl' },
    ...livesWithin(limits).map((seconds) =>
      h('option', { value: seconds, selected: seconds === usualLife(limits) }, lifeWords(seconds)),
    ),
  )
  const uses = h('input', {
    type: 'number',
    id: 'link-uses',
    min: 1,
    max: limits.maxUses,
    step: 1,
    value: 1,
    inputmode: 'numeric',
  })
  const waiting = approvalWords(limits)
  const make = h(
    'button',
    { type: 'button', class: 'primary', id: 'make-link', disabled: waiting !== '' },
    icon('link', 18),
    'Make link',
  )
  const result = h('div', {})
  const refused = h('p', { class: 'wrong', role: 'alert', hidden: true })
  const lifeField = fieldWith('Lives for', life)
  const usesField = fieldWith('Uses', uses)

  function refuse(where: 'life' | 'uses' | 'form', text: string): void {
    if (where === 'life') lifeField.wrong(text)
    if (where === 'uses') usesField.wrong(text)
    if (where === 'life') life.focus()
    if (where === 'uses') uses.focus()
    refused.hidden = where !== 'form'
    refused.textContent = where === 'form' ? text : ''
  }

  busy(make, async () => {
    for (const { wrong } of [lifeField, usesField]) wrong('')
    refused.hidden = true
    const wrong = usesWrong(uses.value, limits)
    if (wrong !== undefined) return refuse('uses', wrong)
    const which = (['original', 'preview', 'display'] as const).find((value) => value === rendition.value) ?? 'original'
    try {
      const order = { ttlSeconds: Number(life.value), uses: Number(uses.value), rendition: which }
      result.replaceChildren(madeLink(await api.makeLink(detail.id, order)))
    } catch (error) {
      if (!(error instanceof CallFailed) || error.status !== 403) throw error
      return refuse(fieldOf(error.message), `${plainWords(error.message)}.`)
    }
    result.querySelector<HTMLInputElement>('input')?.focus()
    announce('Link made. Its address is selected.')
    return made()
  })
  on(uses, 'keydown', (event) => event.key === 'Enter' && make.click())

  return h(
    'div',
    {},
    h(
      'div',
      { class: 'link-form' },
      h('div', { class: 'field' }, h('label', { for: rendition.id }, 'Opens'), rendition),
      lifeField.node,
      usesField.node,
      h('p', { class: 'link-limits muted' }, waiting || limitWords(detail)),
      make,
    ),
    refused,
    result,
  )
}
