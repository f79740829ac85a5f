// A value that can be watched: the page's only state primitive.

export interface Cell<T> {
  get(): T
  set(value: T): void
  /** Calls `handler` now and after every change, until `signal` aborts. */
  watch(handler: (value: T) => void, signal: AbortSignal): void
}

export function cell<T>(initial: T): Cell<T> {
  let value = initial
  const handlers = new Set<(value: T) => void>()
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const handler of [...handlers]) handler(value)
    },
    watch(handler, signal) {
      if (signal.aborted) return
      handlers.add(handler)
      signal.addEventListener('abort', () => handlers.delete(handler))
      handler(value)
    },
  }
}

export interface Bus<T> {
  send(message: T): void
  listen(handler: (message: T) => void, signal: AbortSignal): void
}

export function bus<T>(): Bus<T> {
  const handlers = new Set<(message: T) => void>()
  return {
    send(message) {
      for (const handler of [...handlers]) handler(message)
    },
    listen(handler, signal) {
      handlers.add(handler)
      signal.addEventListener('abort', () => handlers.delete(handler))
    },
  }
}

/** Runs `work` once for a burst of calls, `ms` after its first: a burst without end can't put it off. */
export function soon(work: () => void, ms: number): () => void {
  let due = false
  return () => {
    if (due) return
    due = true
    setTimeout(() => {
      due = false
      work()
    }, ms)
  }
}

/** Runs `work` once in the next frame, however often it was asked for. A hidden page gets a timer instead of a frame. */
export function nextFrame(work: () => void): () => void {
  let due = false
  return () => {
    if (due) return
    due = true
    const run = () => {
      due = false
      work()
    }
    if (document.hidden) setTimeout(run, 250)
    else requestAnimationFrame(run)
  }
}
