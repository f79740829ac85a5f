#!/usr/bin/env node
/** Starts the command line from code that is compiled already, which takes half the time until a command does something. */
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// In the checkout: whoever may write there may change the code itself. Where nobody may, it is done without.
enableCompileCache(fileURLToPath(new URL('../.cache/compile', import.meta.url)))
await import('./dispatch.ts')
