// What the object is: facts that anybody may read from its header, findings that were sealed, and the envelope.
import type { ObjectDetail } from '../api.ts'
import type { Cell } from './cell.ts'
import { orbitFigure } from './charts.ts'
import { add, type Child, h, on } from './dom.ts'
import { bytes, cleanName, count, moment, percent, shortName } from './format.ts'
import { icon } from './icons.ts'
import { copyButton } from './notice.ts'
import { kindWords, plainWords, recipientWords } from './words.ts'

type Fact = readonly [name: string, ...value: Child[]]

export function factList(facts: readonly Fact[]): HTMLElement {
  return h(
    'dl',
    { class: 'facts' },
    ...facts.map(([name, ...value]) => h('div', {}, h('dt', {}, name), h('dd', {}, ...value))),
  )
}

function mono(text: string, copyable = false): HTMLElement {
  const node = h('span', { class: 'mono' }, h('code', {}, text))
  if (copyable) {
    const copy = copyButton('Copy', () => text)
    copy.classList.add('small')
    add(node, copy)
  }
  return node
}

export function headerFacts(detail: ObjectDetail): HTMLElement {
  const overhead = detail.sealedSize - detail.size
  return h(
    'section',
    { class: 'card', 'aria-label': 'Readable without keys' },
    h('h2', {}, 'Readable without keys'),
    factList([
      ['Object id', mono(detail.id, true)],
      ['Sealed', h('time', { datetime: detail.created }, moment(detail.created))],
      ['Plaintext', `${bytes(detail.size)} (${count(detail.size)} bytes)`],
      [
        'In the vault',
        `${bytes(detail.sealedSize)}, ${overhead < 0 ? '' : '+'}${bytes(overhead)} for header, envelope and tags`,
      ],
      ['Format', `${detail.format}, suite ${detail.suite}, header of ${count(detail.headerBytes)} bytes`],
      ['Body', `${count(detail.chunks)} chunks of 16 KiB, each authenticated`],
    ]),
  )
}

export function envelope(detail: ObjectDetail): HTMLElement {
  const { generation, recipients } = detail.envelope
  return h(
    'section',
    { class: 'card', 'aria-label': 'Envelope' },
    h('h2', {}, 'Envelope'),
    h(
      'p',
      { class: 'muted' },
      'Both keys of a recipient are needed: ML-KEM’s and the key service’s. The envelope is made anew when keys change; the sealed picture stays as it is.',
    ),
    factList([['Made anew', generation === 0 ? 'never' : generation === 1 ? 'once' : `${count(generation)} times`]]),
    h(
      'ul',
      { class: 'recipients' },
      ...recipients.map(({ kind, kemKeyId, kmsKeyId }) =>
        h(
          'li',
          {},
          h('strong', {}, recipientWords(shortName(kind, 60))),
          factList([
            ['KEM key', mono(kemKeyId)],
            ['KMS key', mono(kmsKeyId)],
          ]),
        ),
      ),
    ),
  )
}

/** What was sealed inside, covered on the screen until somebody asks when the tier is a strict one. */
export function findings(detail: ObjectDetail, revealed: Cell<boolean>, signal: AbortSignal): HTMLElement {
  const { sealed } = detail
  const strict = detail.tier === 'confidential' || detail.tier === 'restricted'
  const toggle = h('button', { type: 'button', class: 'small', 'aria-expanded': 'false', 'aria-controls': 'findings' })
  on(toggle, 'click', () => revealed.set(!revealed.get()))
  const body = h('div', { id: 'findings' })
  const cover = h(
    'p',
    { class: 'cover muted' },
    icon('hide', 18),
    'Decrypted for you and covered on the screen. This visit was recorded as a read.',
  )
  const section = h(
    'section',
    { class: 'card', 'aria-label': 'Sealed inside' },
    h('div', { class: 'card-head' }, h('h2', {}, 'Sealed inside'), strict && toggle),
    cover,
    body,
  )
  const contents = [
    sealed.score !== null && scoreMeter(sealed.score),
    sealed.reasons.length > 0 &&
      h(
        'ul',
        { class: 'reasons', 'aria-label': 'Why this tier' },
        ...sealed.reasons.map((reason) => h('li', {}, plainWords(reason))),
      ),
    detections(sealed.detections),
    factList([
      [
        'Name',
        h(
          'bdi',
          { title: cleanName(sealed.name ?? '').slice(0, 300) },
          sealed.name === null ? 'none given' : shortName(sealed.name, 120),
        ),
      ],
      ['Type', sealed.mediaType],
      ['Size', sealed.width && sealed.height ? `${sealed.width} × ${sealed.height} pixels` : 'not measured'],
      ['Uploaded by', sealed.uploader === null ? 'not recorded' : h('bdi', {}, shortName(sealed.uploader, 60))],
      ['SHA-256', mono(sealed.sha256, true)],
      ...(sealed.chaos ? [chaosFact(sealed.chaos)] : []),
    ]),
    sealed.chaos && orbitFigure(sealed.chaos.map, sealed.chaos.parameters),
  ]
  revealed.watch((shown) => {
    toggle.setAttribute('aria-expanded', String(shown))
    toggle.replaceChildren(icon(shown ? 'hide' : 'eye', 16), shown ? 'Cover' : 'Reveal')
    cover.hidden = shown
    body.replaceChildren()
    // Covered means absent, not blurred: nothing to select, nothing for a screen reader.
    if (shown) add(body, ...contents)
  }, signal)
  return section
}

function chaosFact({ map, parameters }: { map: string; parameters: readonly number[] }): Fact {
  const values = parameters.map((value) =>
    Number.isInteger(value) && value > 9999 ? `0x${value.toString(16)}` : String(value),
  )
  return [
    'Chaos map',
    plainWords(map),
    ' ',
    h('code', {}, values.join(', ')),
    h('span', { class: 'hint' }, 'Block order only; the security comes from the cipher.'),
  ]
}

function scoreMeter(score: number): HTMLElement {
  const bar = h('span', { class: 'meter-bar', 'aria-hidden': 'true' })
  bar.style.setProperty('--part', String(score))
  return h('p', { class: 'score' }, h('span', {}, 'Sensitivity'), h('strong', {}, score.toFixed(2)), bar)
}

/** One line a kind: eight lines of text are one finding to a person. */
function detections(list: ObjectDetail['sealed']['detections']): HTMLElement {
  if (list.length === 0) return h('p', { class: 'muted' }, 'No detector found anything.')
  const kinds = Map.groupBy(list, ({ kind }) => kind)
  return h(
    'ul',
    { class: 'detections', 'aria-label': 'Detections' },
    ...[...kinds].map(([kind, found]) => {
      const surest = Math.max(...found.map(({ score }) => score))
      const bar = h('span', { class: 'meter-bar', 'aria-hidden': 'true' })
      bar.style.setProperty('--part', String(surest))
      const where = found.every(({ box }) => box === null)
        ? ', the whole file'
        : found.length > 1
          ? ` in ${found.length} places`
          : ''
      return h(
        'li',
        {},
        h('span', {}, kindWords(kind)),
        bar,
        h('span', { class: 'muted' }, `${percent(surest)}${where}`),
      )
    }),
  )
}
