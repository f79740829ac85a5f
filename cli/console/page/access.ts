// The table of access events, on the Reads page and on an object's own page.
import type { AccessEvent } from '../../../shared/platform/ports.ts'
import { h, keyedList } from './dom.ts'
import { bytes, clockTime, moment, shortId, shortName } from './format.ts'
import { accessWords } from './words.ts'

const outcome = (status: number): string => (status < 400 ? 'good' : status < 500 ? 'refused' : 'bad')

function row(access: AccessEvent, withObject: boolean): HTMLElement {
  const cell = (label: string, ...children: (Node | string)[]) => h('td', { 'data-label': label }, ...children)
  const link = access.link
    ? h('span', { class: 'muted' }, ` ${access.action === 'link' ? '' : 'by link '}${shortId(access.link)}`)
    : ''
  return h(
    'tr',
    { 'data-outcome': outcome(access.status) },
    cell('Time', h('time', { datetime: access.time, title: moment(access.time) }, clockTime(access.time))),
    cell('Who', h('bdi', {}, shortName(access.principal, 32))),
    ...(withObject
      ? [
          cell(
            'Object',
            access.object === '-'
              ? '–'
              : h('a', { href: `#/object/${access.object}` }, h('code', {}, shortId(access.object))),
          ),
        ]
      : []),
    cell('What', accessWords(access.action, access.status, access.rendition), link),
    cell('Status', h('span', { class: `status status-${outcome(access.status)}` }, String(access.status))),
    cell('Bytes', bytes(access.bytes)),
    cell('Address', h('code', {}, shortName([access.ip, access.country].filter(Boolean).join(' '), 44))),
  )
}

/** A table and the function that fills it. */
export function accessTable(withObject: boolean): {
  node: HTMLElement
  draw: (events: readonly AccessEvent[]) => void
} {
  const body = h('tbody', {})
  const heads = ['Time', 'Who', ...(withObject ? ['Object'] : []), 'What', 'Status', 'Bytes', 'Address']
  const node = h(
    'table',
    { class: 'accesses' },
    h('caption', { class: 'hidden-text' }, 'Access events, newest first'),
    h('thead', {}, h('tr', {}, ...heads.map((head) => h('th', { scope: 'col' }, head)))),
    body,
  )
  const draw = keyedList<AccessEvent>(
    body,
    ({ id }) => id,
    (access) => ({ node: row(access, withObject) }),
  )
  return { node, draw }
}
