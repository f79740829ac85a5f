/** The hub: whoever listens hears everything, and what is unfinished is known to whoever comes later. */
import { describe, expect, test } from 'vitest'
import { createHub } from '../../cli/host/hub.ts'
import { cutAt, streamOf, TooManyBytes } from '../../cli/host/streams.ts'
import type { StepEvent } from '../../shared/platform/ports.ts'
import { collect } from '../support/memory.ts'

const step = (upload: string, step: StepEvent['step']): StepEvent => ({ type: 'step', time: '', upload, step })

describe('the hub', () => {
  test('tells every listener every event, until it stops listening', () => {
    const hub = createHub()
    const heard: string[] = []
    const stop = hub.listen(({ type }) => heard.push(`a ${type}`))
    hub.listen(({ type }) => heard.push(`b ${type}`))
    hub.emit(step('1', 'received'))
    stop()
    hub.publish({ type: 'changed', what: 'links' })
    expect(heard).toEqual(['a step', 'b step', 'b changed'])
  })

  test('lets a listener that fails go, and no other', () => {
    const hub = createHub()
    let failures = 0
    let heard = 0
    hub.listen(() => {
      failures++
      throw new Error('closed')
    })
    hub.listen(() => void heard++)
    for (let i = 0; i < 3; i++) hub.emit(step('1', 'received'))
    expect([failures, heard]).toEqual([1, 3])
  })

  test('remembers the latest step of what is unfinished, and not of what ended', () => {
    const hub = createHub()
    for (const [upload, to] of [
      ['1', 'received'],
      ['2', 'received'],
      ['1', 'encrypt'],
      ['3', 'received'],
      ['2', 'erased'],
      ['3', 'failed'],
    ] as const) {
      hub.emit(step(upload, to))
    }
    expect(hub.unfinished().map(({ upload, step }) => [upload, step])).toEqual([['1', 'encrypt']])
  })

  test('shows a failed upload that is tried again, and not one that was erased while another attempt was at work', () => {
    const hub = createHub()
    for (const [upload, to] of [
      ['1', 'failed'],
      ['1', 'inspect'],
      ['2', 'erased'],
      ['2', 'encrypt'],
      ['2', 'stored'],
    ] as const) {
      hub.emit(step(upload, to))
    }
    expect(hub.unfinished().map(({ upload }) => upload)).toEqual(['1'])
  })

  test('remembers how uploads ended, until they are tried again, and what was erased as erased', () => {
    const hub = createHub()
    for (const [upload, to] of [
      ['1', 'failed'],
      ['2', 'failed'],
      ['3', 'erased'],
      ['3', 'encrypt'],
      ['3', 'failed'],
      ['2', 'inspect'],
      ['4', 'received'],
      ['1', 'inspect'],
      ['1', 'erased'],
    ] as const) {
      hub.emit(step(upload, to))
    }
    expect(hub.ended().map(({ upload, step }) => [upload, step])).toEqual([
      ['3', 'erased'],
      ['1', 'erased'],
    ])
    for (let i = 0; i < 300; i++) hub.emit(step(`many ${i}`, 'erased'))
    expect(hub.ended()).toHaveLength(200)
    expect(hub.ended()[0]?.upload).toBe('many 100')
  })

  test('remembers a thousand uploads and not more', () => {
    const hub = createHub()
    for (let i = 0; i < 1500; i++) hub.emit(step(`${i}`, 'received'))
    expect(hub.unfinished()).toHaveLength(1000)
    expect(hub.unfinished()[0]?.upload).toBe('500')
  })
})

test('a stream is cut at its limit, and not before', async () => {
  expect(await collect(cutAt(streamOf(new Uint8Array(10)), 10))).toHaveLength(10)
  await expect(collect(cutAt(streamOf(new Uint8Array(11)), 10))).rejects.toThrow(TooManyBytes)
})
