// Holds the access token: out of the address bar at once, kept for this tab, shared with a new tab that asks for it.
import { cell } from './cell.ts'

const KEY = 'safelight-token'
const PATTERN = /^#?(?:.*#)?token=([^&\s]+)$/

/** Undefined until there is a token; `false` says that the server refused the one we had. */
export const token = cell<string | false | undefined>(undefined)

/** Takes the token out of a fragment or a whole URL. @returns whether there was one */
export function adoptToken(text: string): boolean {
  const found = PATTERN.exec(text.trim())?.[1]
  if (!found) return false
  const value = decodeURIComponent(found)
  sessionStorage.setItem(KEY, value)
  token.set(value)
  return true
}

export function refuseToken(): void {
  sessionStorage.removeItem(KEY)
  token.set(false)
}

/** Reads `#token=` and cleans the address bar; else takes this tab's token, else asks the console's other tabs. */
export async function startSession(): Promise<void> {
  const channel = new BroadcastChannel('safelight')
  channel.addEventListener('message', (event: MessageEvent<unknown>) => {
    const known = token.get()
    if (event.data === 'token?' && known) channel.postMessage({ token: known })
  })
  window.addEventListener('hashchange', takeFromAddress)
  if (takeFromAddress()) return
  const kept = sessionStorage.getItem(KEY)
  if (kept) {
    token.set(kept)
    return
  }
  const answer = new Promise<string | undefined>((resolve) => {
    channel.addEventListener('message', (event: MessageEvent<unknown>) => {
      const { data } = event
      if (typeof data === 'object' && data !== null && 'token' in data && typeof data.token === 'string') {
        resolve(data.token)
      }
    })
    setTimeout(() => resolve(undefined), 250)
  })
  channel.postMessage('token?')
  const shared = await answer
  if (shared) adoptToken(`#token=${encodeURIComponent(shared)}`)
  else token.set(false)
}

function takeFromAddress(): boolean {
  if (!adoptToken(location.hash)) return false
  history.replaceState(null, '', `${location.pathname}#/vault`)
  return true
}
