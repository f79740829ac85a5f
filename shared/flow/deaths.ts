/** How often looking at a file may end the process that looks. Apart from seal.ts, so that who counts needs no image library. */

/** After this many the file is no longer looked at: whatever brings decoders down is sealed unseen, at the strictest tier. */
export const MOST_DEATHS = 2
