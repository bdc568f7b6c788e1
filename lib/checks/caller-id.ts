/** Caller ID at the end of the message, because it speaks of an address in the header. */
import { checkCallerId, domainOfAddress, responsibleAddress, type CallerIdAnswer } from '../auth/caller-id.ts'
import type { Config } from '../config/schema.ts'
import { parseAddress } from '../net/ip.ts'
import { CLEAN, notAsked, type Check, type CheckResult } from './check.ts'
import { whyNotAsked } from './choose.ts'
import { within } from './weigh.ts'

export const callerId: Check<'message'> = {
  name: 'caller_id',
  stage: 'message',
  asksNetwork: true,
  enabled: ({ caller_id }) => caller_id.enabled,
  async run(input, { config: { caller_id: settings }, dns, signal }) {
    const reason = whyNotAsked(input, settings.exempt)
    if (reason !== null) return notAsked(reason)
    const client = parseAddress(input.client.address ?? '')
    if (client === null) return CLEAN
    const address = responsibleAddress(input.headers)
    const domain = address === null ? null : domainOfAddress(address)
    if (domain === null) return CLEAN
    const answer = await checkCallerId(domain, client, dns, {
      honourTesting: settings.honour_testing,
      signal: within(signal, settings.time_limit),
    })
    return judge(answer, settings)
  },
}

export function judge(
  { result, domain, comment }: CallerIdAnswer,
  config: Pick<Config['caller_id'], 'fail' | 'permerror'>,
): CheckResult {
  if (result === 'none') return CLEAN
  if (result === 'temperror') return { kind: 'unavailable', reason: comment }
  const hit = {
    name: `CALLER_ID_${result.toUpperCase()}`,
    detail: comment === '' ? domain : `${domain}: ${comment}`,
  }
  const choice = result === 'pass' ? 'score' : config[result]
  if (choice === 'log') return { kind: 'hits', hits: [{ ...hit, score: 0 }] }
  if (choice === 'score') return { kind: 'hits', hits: [hit] }
  const text = `The Caller ID policy of ${domain} does not permit your address`
  return {
    kind: 'hits',
    hits: [hit],
    demands: [{ action: choice, source: 'caller-id', hit: hit.name, text }],
  }
}
