/** The list of benchmarks: what each measures, and where it is. */
import type { Publish } from './line.ts'

interface Entry {
  readonly summary: string
  /** On all cores, where it measures how a system of many processes does; on one otherwise. */
  readonly onAllCores?: true
  /** Takes how many, as a number behind its name. */
  readonly countable?: true
  readonly load: () => Promise<{ readonly bench: (publish: Publish, count?: string) => Promise<void> }>
}

export const BENCHES: Readonly<Record<string, Entry>> = {
  vault: {
    summary: 'sealing a body, with and without permutation, against bare AES and two peers',
    load: () => import('./vault.ts'),
  },
  wrap: { summary: 'the hybrid wrap and unwrap of one key', load: () => import('./wrap.ts') },
  open: { summary: 'what a ranged read of 64 KiB reads of 1 GiB', load: () => import('./open.ts') },
  assess: {
    summary: 'the assessment of a 1080p photograph, against its decoder and models alone',
    load: () => import('./assess.ts'),
  },
  seal: { summary: 'the memory that sealing takes', load: () => import('./seal.ts') },
  compare: {
    summary: 'three ways to keep the same pictures: AES and a key service, ML-KEM beside it, the whole pipeline',
    load: () => import('./compare.ts'),
  },
  cold: {
    summary: 'packages of the functions, and the time from a cold start to the first picture sealed or opened',
    onAllCores: true,
    load: () => import('./cold.ts'),
  },
  aws: {
    summary: 'pictures through a stack deployed to an emulator, 2000 or as many as a number behind it says',
    onAllCores: true,
    countable: true,
    load: () => import('./aws.ts'),
  },
}
