// What couldn't be sealed or verified, why, and what to do about it. Its plaintext is still in the intake.
import type { FailedItem } from '../api.ts'
import type { View } from './app.ts'
import { timeAgo } from './badge.ts'
import { api, CallFailed, serverNow } from './client.ts'
import { add, h, keyedList } from './dom.ts'
import { plural, shortId } from './format.ts'
import { icon } from './icons.ts'
import { blank, busy, failure, toast } from './notice.ts'
import { plainWords } from './words.ts'

const STAGES: Readonly<Record<FailedItem['stage'], string>> = { seal: 'While sealing', verify: 'While verifying' }

function card(item: FailedItem, retried: () => void): HTMLElement {
  const again = h('button', { type: 'button' }, icon('retry', 18), 'Retry')
  busy(again, async () => {
    await api.retry(item.id)
    toast('It is back in the queue.')
    retried()
  })
  return h(
    'li',
    { class: 'failed-item' },
    icon('warning', 22),
    h(
      'div',
      {},
      h('h2', {}, plainWords(item.reason)),
      item.hint && h('p', {}, item.hint),
      h(
        'p',
        { class: 'muted' },
        `${STAGES[item.stage]} · ${plural(item.attempts, 'attempt')} · upload `,
        h('code', {}, shortId(item.upload)),
        ' · ',
        timeAgo(item.time, serverNow()),
      ),
    ),
    again,
  )
}

/** One after the other: each is written to the queue before the next. @returns how many were taken */
async function retryAll(items: readonly FailedItem[]): Promise<number> {
  let taken = 0
  for (const { id } of items) {
    // Somebody else may have retried it meanwhile: that is no reason to leave the rest.
    taken += await api.retry(id).then(
      () => 1,
      (error: unknown) => {
        if (error instanceof CallFailed && error.status === 404) return 0
        throw error
      },
    )
  }
  return taken
}

export const failedView: View = (app, signal) => {
  const all = h('button', { type: 'button', id: 'retry-all', hidden: true }, icon('retry', 18), 'Retry all')
  busy(all, async () => {
    const failed = app.failed.get()
    try {
      const taken = await retryAll(failed.state === 'ready' ? failed.value : [])
      toast(`${plural(taken, 'upload is', 'uploads are')} back in the queue.`)
    } finally {
      app.reloadFailed()
    }
  })
  const list = h('ul', { class: 'failed-list' })
  const message = h('div', {})
  const draw = keyedList<FailedItem>(
    list,
    ({ id, attempts, time }) => `${id} ${attempts} ${time}`,
    (item) => ({ node: card(item, app.reloadFailed) }),
  )
  app.failed.watch((failed) => {
    message.replaceChildren()
    all.hidden = failed.state !== 'ready' || failed.value.length < 2
    draw(failed.state === 'ready' ? failed.value : [])
    if (failed.state === 'loading') add(message, blank('loading', 'Looking for failed items'))
    if (failed.state === 'error') add(message, failure(failed.error, app.reloadFailed))
    if (failed.state === 'ready' && failed.value.length === 0) {
      add(
        message,
        blank(
          'empty',
          'Nothing has failed',
          'Whatever can’t be sealed or verified waits here, and its plaintext isn’t erased.',
        ),
      )
    }
  }, signal)
  return {
    title: 'Failed',
    node: h(
      'div',
      { class: 'view' },
      h(
        'div',
        { class: 'view-head' },
        h('h1', { tabindex: -1 }, 'Failed'),
        h(
          'p',
          { class: 'muted lead' },
          'Nothing here is lost: the plaintext stays in the intake until a sealed copy was opened and compared.',
        ),
        all,
      ),
      message,
      list,
    ),
  }
}
