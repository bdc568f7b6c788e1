/**
 * The administrator's own blacklist of clients. (His whitelist, `clients.allow`, has no check of its own: it is read
 * by the DNS lists, the only ones it exempts from.)
 */
import type { Config } from '../config/schema.ts'
import type { Check, CheckResult, Session } from './check.ts'
import { chooseAll } from './choose.ts'

export const clientLists: Check<'connect'> = {
  name: 'client_lists',
  stage: 'connect',
  enabled: ({ clients }) => clients.deny.length > 0,
  run: async (session, { config }) => judge(config.clients.deny, session),
}

export function judge(deny: Config['clients']['deny'], { groups }: Pick<Session, 'groups'>): CheckResult {
  const listed = deny.filter(({ group }) => groups.has(group))
  return chooseAll(
    listed.map(({ group, action, score }) => ({
      choice: action,
      hit: {
        name: 'CLIENT_DENIED',
        detail: `client is in group ${group}`,
        score: action === 'score' ? score : 0,
      },
      words: { text: 'Access denied for this client address' },
    })),
  )
}
