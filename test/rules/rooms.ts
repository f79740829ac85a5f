// Who may import whom: the rooms of the design as a table, and the judgement of one import.
import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { type Import, importsOf, nodeGlobalsIn } from './modules.ts'

const PORTS = 'shared/platform/ports.ts'

/** A room imports the ports and what stands here, nothing else of ours. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  image: [],
  sensitivity: ['image'],
  policy: ['sensitivity'],
  chaos: [],
  keys: [],
  vault: ['chaos', 'keys'],
  links: ['policy'],
  watch: ['policy'],
  flow: ['image', 'sensitivity', 'policy', 'chaos', 'keys', 'vault', 'links', 'watch'],
}

/** Rooms that browsers run: AEAD, hash and KEM are passed in. The packages that each may import. */
const PURE: Readonly<Record<string, readonly string[]>> = { chaos: [], keys: [], vault: ['cborg'] }

const BUILTIN = new Set(builtinModules)
const AWS = /^(@aws-sdk|@smithy|@aws-crypto|aws-sdk)(\/|$)/

/** @param file path from the root of the checkout, with `/`. @returns one line for each breach of the rules */
export function breachesOf(file: string, code: string): string[] {
  const breaches: string[] = []
  for (const imported of importsOf(code, file)) {
    const why = judge(file, imported)
    if (why) breaches.push(`${file}:${imported.line} imports ${imported.specifier ?? 'something computed'}: ${why}`)
  }
  if (pureRoomOf(file)) {
    for (const { name, line } of nodeGlobalsIn(code, file)) {
      breaches.push(`${file}:${line} uses ${name}: browsers run this room, and have none`)
    }
  }
  return breaches
}

function judge(file: string, { specifier, typeOnly }: Import): string | undefined {
  const [top = '', room = ''] = file.split('/')
  if (top === 'test') return undefined
  if (specifier === undefined) {
    return top === 'shared' || top === 'functions' ? 'a computed import is beyond any rule' : undefined
  }
  if (!specifier.startsWith('.')) return judgePackage(file, specifier)

  const target = posix.join(posix.dirname(file), specifier)
  const [targetTop = ''] = target.split('/')
  if (targetTop === 'test') return 'tests are imported by tests alone'
  switch (top) {
    case 'shared':
      return room === 'platform' ? judgePlatform(file, target) : judgeRoom(room, target)
    case 'functions':
      return judgeFunction(file, target, typeOnly)
    case 'cli':
      return judgeCli(file, target, typeOnly)
    case 'scripts':
      return targetTop === 'scripts' ? undefined : 'scripts run on an older Node, before anything is installed'
    case 'infra':
      return ['infra', 'functions', 'shared'].includes(targetTop) ? undefined : `infra has no business in ${targetTop}`
    default:
      return undefined
  }
}

function judgePackage(file: string, specifier: string): string | undefined {
  const isBuiltin = specifier.startsWith('node:') || BUILTIN.has(specifier)
  const pure = pureRoomOf(file)
  if (pure && isBuiltin) return 'browsers run this room, and have no such module'
  if (pure && !PURE[pure]?.includes(specifier)) return `${pure} is given its primitives and imports no such package`
  if (AWS.test(specifier) && !file.startsWith('shared/platform/aws/')) return 'only shared/platform/aws knows AWS'
  if (specifier.startsWith('onnxruntime') && file !== 'shared/sensitivity/runtime.ts')
    return 'shared/sensitivity/runtime.ts is its one door, because it must be silenced first'
  if (file.startsWith('scripts/') && !isBuiltin) return 'scripts run before anything is installed'
  if (file.startsWith('cli/console/page/') && isBuiltin) return 'a browser runs this page'
  return undefined
}

function judgeRoom(room: string, target: string): string | undefined {
  const allowed = ROOMS[room]
  if (!allowed) return `${room} is no room of the design`
  if (target === PORTS || isIn(target, `shared/${room}`)) return undefined
  if (allowed.some((other) => isIn(target, `shared/${other}`))) return undefined
  return `${room} may import ${['the ports', ...allowed].join(', ')}`
}

/** Providers know the rooms' types and sums, but no pipeline, and not one another. */
function judgePlatform(file: string, target: string): string | undefined {
  if (!isIn(target, 'shared')) return 'shared imports shared alone'
  if (file === PORTS) return 'the ports depend on nothing'
  if (isIn(target, 'shared/flow')) return 'the pipelines are above the platforms'
  const provider = providerOf(target)
  if (provider && provider !== providerOf(file)) return 'one platform knows nothing of another'
  return undefined
}

function judgeFunction(file: string, target: string, typeOnly: boolean): string | undefined {
  const own = posix.dirname(file)
  // It puts the function together: providers, models, policy.
  if (own !== 'functions' && /\/entry\.ts$/.test(file) && isIn(target, 'shared')) return undefined
  if (isIn(target, own) || (own !== 'functions' && posix.dirname(target) === 'functions')) return undefined
  if (target === PORTS || isIn(target, 'shared/flow')) return undefined
  if (isIn(target, 'shared/platform')) {
    if (/\/(entry|platform)\.ts$/.test(file)) return undefined
    return 'a platform is chosen in one entry file (entry.ts or platform.ts)'
  }
  if (isIn(target, 'shared')) return typeOnly ? undefined : 'a handler takes types alone from a room'
  return 'a handler parses, calls shared/flow and answers'
}

function judgeCli(file: string, target: string, typeOnly: boolean): string | undefined {
  if (isIn(target, 'scripts') || isIn(target, 'infra')) return 'the command line runs where neither is needed'
  if (!file.startsWith('cli/console/page/') || (typeOnly && isIn(target, 'shared'))) return undefined
  const shown = ['cli/console/page', 'cli/console/api.ts', ...Object.keys(PURE).map((room) => `shared/${room}`)]
  return shown.some((place) => isIn(target, place)) ? undefined : 'a browser runs this page'
}

function pureRoomOf(file: string): string | undefined {
  const [top, room = ''] = file.split('/')
  return top === 'shared' && Object.hasOwn(PURE, room) ? room : undefined
}

function providerOf(path: string): string | undefined {
  return /^shared\/platform\/([^/]+)\//.exec(path)?.[1]
}

function isIn(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`)
}
