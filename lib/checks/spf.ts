/** SPF: started at MAIL, joined at the first recipient. */
import { checkHelo, checkMailFrom, type SpfAnswer } from '../auth/spf.ts'
import type { SpfFact } from '../auth/facts.ts'
import type { Config } from '../config/schema.ts'
import { notAsked, type Check, type CheckResult } from './check.ts'
import { chooseAll, whyNotAsked, type Choice, type Finding } from './choose.ts'

export const spf: Check<'sender'> = {
  name: 'spf',
  stage: 'sender',
  join: 'recipient',
  asksNetwork: true,
  enabled: ({ spf }) => spf.enabled,
  async run(input, { config, dns, signal }) {
    const { address } = input.client
    const reason = whyNotAsked(input, config.spf.exempt)
    if (address === null || reason !== null) return notAsked(reason ?? 'the client has no address')
    const question = {
      ip: address,
      helo: input.helo,
      sender: input.sender.address,
      hostname: input.macros.get('j') ?? 'localhost',
    }
    const options = { timeLimit: config.spf.time_limit, signal }
    const [mailFrom, helo] = await Promise.all([
      checkMailFrom(question, dns, options),
      config.spf.helo ? checkHelo(question, dns, options) : null,
    ])
    return judge(mailFrom, helo, config.spf)
  },
}

export function judge(
  mailFrom: SpfAnswer | null,
  helo: SpfAnswer | null,
  config: Config['spf'],
): CheckResult {
  const received = (mailFrom ?? helo)?.received ?? ''
  const facts = {
    spf: { mailFrom: mailFrom?.fact ?? null, helo: helo?.fact ?? null },
    ...(config.received_spf && received !== '' ? { receivedSpf: received } : {}),
  }
  const findings = [
    ...(mailFrom ? [finding(mailFrom, 'SPF', choiceFor(mailFrom.fact, config))] : []),
    ...(helo ? [finding(helo, 'SPF_HELO', helo.fact.result === 'fail' ? config.helo_fail : 'score')] : []),
  ]
  const result = chooseAll(findings)
  if (result.kind === 'refuse') return result
  const unknown = [mailFrom, helo].find((answer) => answer?.fact.result === 'temperror')
  const hits = result.kind === 'hits' ? result.hits : []
  return unknown
    ? { kind: 'unavailable', reason: unknown.fact.comment ?? 'DNS failed', hits, facts }
    : { kind: 'hits', hits, facts }
}

function choiceFor({ result }: SpfFact, config: Config['spf']): Choice {
  return result === 'pass' ? 'score' : config[result]
}

function finding({ fact, explanation }: SpfAnswer, prefix: 'SPF' | 'SPF_HELO', choice: Choice): Finding {
  const { result, domain, identity } = fact
  const why = explanation === null ? '' : `: ${explanation.slice(0, 200)}`
  return {
    choice,
    hit: { name: `${prefix}_${result.toUpperCase()}`, detail: `${identity} ${domain}` },
    words: {
      text: `SPF ${result} of ${domain} for your address${why}`,
      // RFC 7372 section 3.2: SPF validation failed, and SPF validation error.
      enhanced: result === 'temperror' || result === 'permerror' ? '7.24' : '7.23',
    },
  }
}
