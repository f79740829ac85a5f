/** Who reads, in the access log, when the command line does. */
export const CLI_CALLER = { principal: 'cli', ip: '127.0.0.1' } as const
