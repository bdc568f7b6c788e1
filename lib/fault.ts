/** What was caught, in words. Anything can be thrown, and errors of the system are known by their codes only. */

/** Errors of another realm (a worker, a test's sandbox) are no instances of our Error. */
const isError = (fault: unknown): fault is Error =>
  typeof fault === 'object' && fault !== null && 'message' in fault && typeof fault.message === 'string'

export const messageOf = (fault: unknown): string => (isError(fault) ? fault.message : String(fault))

/** For faults of our own: where it happened, not only what. */
export const traceOf = (fault: unknown): string =>
  isError(fault) ? (fault.stack ?? fault.message) : String(fault)

/** Such as `ENOENT` or `SQLITE_BUSY`; empty when it has none. */
export const codeOf = (fault: unknown): string =>
  typeof fault === 'object' && fault !== null && 'code' in fault ? String(fault.code) : ''

const WHY_UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'may not be read by this user',
  EISDIR: 'is a directory, expected a file',
}

/** Why a file could not be read, to stand after its name and a colon. */
export const whyUnreadable = (fault: unknown): string =>
  WHY_UNREADABLE[codeOf(fault)] ?? `cannot be read: ${messageOf(fault)}`
