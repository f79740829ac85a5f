// Steps, tiers, kinds and codes in a person's words: one table each, so that the interface speaks one language.
import type { Step } from '../../../shared/platform/ports.ts'
import type { TierName } from '../api.ts'

export const TIERS: readonly TierName[] = ['public', 'internal', 'confidential', 'restricted']

export const TIER_WORDS: Readonly<Record<TierName, { name: string; means: string }>> = {
  public: { name: 'Public', means: 'Nothing found that needs care' },
  internal: { name: 'Internal', means: 'Better kept in the house' },
  confidential: { name: 'Confidential', means: 'People, papers or places' },
  restricted: { name: 'Restricted', means: 'The strictest: no preview is kept' },
}

export const tierAt = (index: number | undefined): TierName | null =>
  index === undefined ? null : (TIERS[index] ?? null)

/** In order. `doing` is said while the step runs. */
export const STEP_WORDS: Readonly<Record<Step, { name: string; doing: string }>> = {
  received: { name: 'Received', doing: 'Receiving' },
  inspect: { name: 'Inspect', doing: 'Looking at what the bytes are' },
  preprocess: { name: 'Prepare', doing: 'Orienting, denoising and resizing a copy' },
  assess: { name: 'Assess', doing: 'Judging how sensitive it is' },
  decide: { name: 'Decide', doing: 'Choosing the tier' },
  encrypt: { name: 'Encrypt', doing: 'Permuting and encrypting' },
  stored: { name: 'Stored', doing: 'Stored sealed in the vault' },
  verify: { name: 'Verify', doing: 'Opening it with the real keys and comparing' },
  committed: { name: 'Committed', doing: 'Entered in the catalogue' },
  erased: { name: 'Erased', doing: 'Plaintext erased' },
}

const KINDS: Readonly<Record<string, string>> = {
  face: 'Face',
  text: 'Text',
  document: 'Document',
  screen: 'Screen',
  nudity: 'Nudity',
  medical: 'Medical image',
  location: 'Location',
  biometric: 'Biometric',
  unreadable: 'Not readable',
}

/** A code such as `verification-failed` as words; text that is words already stays as it is. */
export function plainWords(code: string): string {
  const text = /\s/.test(code) ? code : code.replaceAll(/[-_]+/g, ' ').replaceAll(':', ': ')
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

export const kindWords = (kind: string): string => KINDS[kind] ?? plainWords(kind)

/** How a recipient's key is wrapped. */
export const recipientWords = (kind: string): string =>
  kind === 'hybrid' ? 'Hybrid: ML-KEM with KMS' : plainWords(kind)

export const RENDITION_WORDS: Readonly<Record<string, string>> = {
  original: 'Original, exact bytes',
  preview: 'Preview',
  display: 'Display copy',
}

/** What an access event's action and status mean together. */
export function accessWords(action: string, status: number, rendition: string | undefined): string {
  const what = rendition && rendition !== 'original' ? ` ${rendition}` : ''
  if (action === 'link' && status < 400) return 'Link made'
  if (status === 404) return `${plainWords(action)}${what}, not found`
  if (status === 410) return `${plainWords(action)}${what}, link ended`
  if (status >= 400) return `${plainWords(action)}${what}, refused`
  return `${plainWords(action)}${what}`
}
