/**
 * SMTP sessions one client has open at once. The count lives in memory with the sessions themselves: each milter
 * connection that ends, however it ends, takes its session out (see `session-recorder.ts`).
 */
import type { Check, CheckResult } from './check.ts'
import { CLEAN } from './check.ts'
import { isExempt } from './choose.ts'
import { clientKey } from './limit-key.ts'

export const connections: Check<'connect'> = {
  name: 'connections',
  stage: 'connect',
  liveOnly: true,
  enabled: ({ limits }) => limits.connections !== 'off',
  async run(session, { config, store }) {
    const limit = config.limits.connections
    const key = clientKey(session, config)
    if (limit === 'off' || key === null || isExempt(session, config.limits.exempt)) return CLEAN
    return judge(store.sessions.enter(`connections:${key}`, session.id), limit)
  },
}

export function judge(open: number, limit: number): CheckResult {
  if (open <= limit) return CLEAN
  return {
    kind: 'refuse',
    hit: { name: 'LIMIT_CONNECTIONS', detail: `${open} connections at once, limit ${limit}` },
    reply: {
      code: 421,
      enhanced: '4.7.0',
      text: 'Too many connections from your address, please try again later',
    },
  }
}
