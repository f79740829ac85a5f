/** Puts the wrapped providers of ports/ in the place of the local ones, for every module but the wrappers themselves. */
import { registerHooks } from 'node:module'

const WRAPPED = ['objects', 'catalogue', 'queue']
const wrappers = new URL('./ports/', import.meta.url).href

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context)
    const name = /\/shared\/platform\/local\/(\w+)\.ts$/.exec(found.url)?.[1]
    if (!name || !WRAPPED.includes(name) || context.parentURL?.startsWith(wrappers)) return found
    return nextResolve(`${wrappers}${name}.ts`, context)
  },
})
