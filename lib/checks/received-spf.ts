/** Writes what SPF found as a Received-SPF header (RFC 7208 section 9.1), for sites whose programs read that one. */
import { CLEAN, type Check, type CheckResult } from './check.ts'
import { factsOf } from './facts.ts'

export const receivedSpf: Check<'message'> = {
  name: 'received_spf',
  stage: 'message',
  enabled: ({ spf }) => spf.enabled && spf.received_spf,
  run: async (_input, { results }) => judge(factsOf(results).receivedSpf),
}

/** Longer lines break in transport (RFC 5322 section 2.1.1). */
const LONGEST = 900

export function judge(text: string | undefined): CheckResult {
  if (text === undefined || text === '') return CLEAN
  // It holds what a stranger said in HELO and MAIL FROM.
  const value = text
    .replace(/\s+/g, ' ')
    .replace(/[^\x20-\x7e]/g, '')
    .slice(0, LONGEST)
  return { kind: 'hits', hits: [], edits: [{ kind: 'insertHeader', index: 0, name: 'Received-SPF', value }] }
}
