/**
 * Greylisting, as bearable as it can be made: a source is known by its domain when SPF proves it, else by its network,
 * so that a pool of servers is one source; no mail waits longer than a stated time; who sends good mail is left alone;
 * and if the store fails, mail passes.
 */
import type { Config } from '../config/schema.ts'
import { networkText, parseAddress } from '../net/ip.ts'
import type { Sighting } from '../store/greylist-store.ts'
import { CLEAN, type Check, type CheckResult, type Context, type Recorder, type Session } from './check.ts'
import { isExempt } from './choose.ts'
import { factsOf, type CheckFacts } from './facts.ts'
import { domainOf } from './sender-domain.ts'

export const greylist: Check<'recipient'> = {
  name: 'greylist',
  stage: 'recipient',
  liveOnly: true,
  enabled: ({ greylist }) => greylist.enabled,
  async run(input, context) {
    const { config, store, now, results } = context
    const settings = config.greylist
    const facts = factsOf(results)
    const source = sourceOf(input, facts, settings)
    if (source === null || isSpared(input, facts, context)) return CLEAN
    const at = now()
    if (
      settings.allow_after > 0 &&
      store.greylist.credits(source, at, settings.lifetime) >= settings.allow_after
    )
      return CLEAN
    const [sender, recipient] = [input.sender.address, input.recipient.address].map((one) =>
      one.toLowerCase(),
    )
    const key = bounded(
      source.startsWith('spf:') ? source : `${source}|${domainOf(sender!) ?? ''}|${recipient}`,
    )
    const pair = bounded(`pair|${sender}|${recipient}`)
    const { window, lifetime } = settings
    const bySource = store.greylist.sight(key, at, window, lifetime)
    if (bySource.passed !== null) return CLEAN
    const byPair = store.greylist.sight(pair, at, window, lifetime)
    const result = judge(bySource, byPair, at, settings)
    if (result.kind === 'hits') {
      store.greylist.pass(key, at)
      store.greylist.pass(pair, at)
    }
    return result
  },
}

/** Keys are made from what strangers say; none may grow without bound. */
const bounded = (key: string): string => key.slice(0, 600)

/** Whom the mail comes from as far as greylisting cares; null for clients without an address. */
function sourceOf(
  { client }: Pick<Session, 'client'>,
  { spf }: CheckFacts,
  { ipv4_prefix, ipv6_prefix }: Config['greylist'],
): string | null {
  if (spf?.mailFrom?.result === 'pass') return `spf:${spf.mailFrom.domain}`
  const address = client.address === null ? null : parseAddress(client.address)
  return address === null ? null : `net:${networkText(address, { v4: ipv4_prefix, v6: ipv6_prefix })}`
}

function isSpared(session: Session, facts: CheckFacts, { config, results, scores }: Context): boolean {
  const { greylist, clients } = config
  if (isExempt(session, greylist.exempt)) return true
  const passed = facts.spf?.mailFrom?.result === 'pass'
  if (
    passed &&
    (greylist.spare_spf_pass || (greylist.spare_correspondents && facts.correspondent !== undefined))
  )
    return true
  if (greylist.spare_listed && (isExempt(session, clients.allow) || isVouchedFor(results))) return true
  return greylist.above_score !== 'off' && scoreSoFar(results, scores) < greylist.above_score
}

function isVouchedFor(results: Context['results']): boolean {
  const lists = results.get('dns_lists')
  return (
    lists !== undefined && lists.kind !== 'refuse' && (lists.hits ?? []).some(({ score = 0 }) => score < 0)
  )
}

function scoreSoFar(results: Context['results'], scores: Context['scores']): number {
  let sum = 0
  for (const result of results.values())
    if (result.kind !== 'refuse')
      for (const { name, score } of result.hits ?? []) sum += score ?? scores?.get(name) ?? 0
  return sum
}

/** `bySource`: this source's first try; `byPair`: the first try of this sender to this recipient from anywhere. */
export function judge(
  bySource: Sighting,
  byPair: Sighting,
  now: number,
  { delay, longest_delay }: Pick<Config['greylist'], 'delay' | 'longest_delay'>,
): CheckResult {
  const waited = now - bySource.first
  if (waited >= delay || now - byPair.first >= longest_delay) {
    const seconds = Math.round((now - Math.min(bySource.first, byPair.first)) / 1000)
    return { kind: 'hits', hits: [{ name: 'GREYLIST_CAME_BACK', detail: `after ${seconds} s`, score: 0 }] }
  }
  const left = Math.min(bySource.first + delay, Math.max(byPair.first + longest_delay, now + 1000)) - now
  const seconds = Math.ceil(left / 1000)
  return {
    kind: 'refuse',
    hit: { name: 'GREYLISTED', detail: `${seconds} s to wait` },
    reply: { code: 451, enhanced: '4.7.1', text: `Greylisted, please try again in ${seconds} seconds` },
  }
}

/** Counts good mails of a source, so that it is left alone after enough of them; a bad one sets it back. */
export const greylistRecorder: Recorder = {
  name: 'greylist',
  record({ session, user, message, verdict, results }, { config, store, now }) {
    if (!config.greylist.enabled || message === null || user !== null || session.trusted) return
    const source = sourceOf(session, factsOf(results), config.greylist)
    if (source === null) return
    if (verdict === 'deliver') store.greylist.credit(source, now())
    else if (verdict !== 'defer') store.greylist.discredit(source)
  },
}
