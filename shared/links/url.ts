/** The address of a link, and its token again: `ORIGIN/l/TOKEN`. */
import { TOKEN_LENGTH } from './token.ts'

const PREFIX = '/l/'

/** `origin` as in `https://links.example` or `http://127.0.0.1:7301`: no path. */
export function linkUrl(origin: string, token: string): string {
  return new URL(PREFIX + token, origin).href
}

/** The token in a request's path (no query), undefined when it can't be one; nothing is decoded yet. */
export function tokenOfPath(path: string): string | undefined {
  return path.startsWith(PREFIX) && path.length === PREFIX.length + TOKEN_LENGTH ? path.slice(PREFIX.length) : undefined
}

/** Whether somebody means a link: a whole http(s) address of one. */
export function isLinkUrl(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false
  return tokenOfPath(new URL(text).pathname) !== undefined
}
