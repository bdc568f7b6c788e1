/**
 * One whole mail -> verdict and answer: sends the content to the scan pool, adds what the earlier stages found, and
 * asks the policy. Used by the filter for mail that arrives and by `hamlet scan` for mail in files.
 */
import { messageOf } from './fault.ts'
import { deserves } from './checks/attachment-notice.ts'
import { factsOf } from './checks/facts.ts'
import type { CheckResult, EnvelopePath, SenderInput } from './checks/check.ts'
import { toOctets } from './octet-text.ts'
import { withLeftOut } from './checks/left-out.ts'
import { identityOf, judge as judgeReputation } from './checks/reputation.ts'
import { trainingClass } from './checks/training.ts'
import { noticeBrake } from './brake-notice.ts'
import type { Engine } from './engine.ts'
import type { SendOriginals } from './follow-up.ts'
import type { LeftOut, MessageReply, RawHeader } from './milter/handler.ts'
import { answer } from './policy/answer.ts'
import { decide, deferral, report } from './policy/decide.ts'
import { sumScores } from './policy/score.ts'
import type { Sent, Verdict } from './policy/verdict.ts'
import { aboutMail } from './scan/about.ts'
import type { About, ScanResult } from './scan/job.ts'
import { contentOf } from './unfinished.ts'

/** A mail at the end of its transaction. */
export interface Arrival extends SenderInput {
  readonly recipients: readonly EnvelopePath[]
  readonly queueId: string
  readonly headers: readonly RawHeader[]
  readonly body: Uint8Array
  readonly truncated: boolean
  /** Absent for mail in files, which has no limits. */
  readonly leftOut?: LeftOut
  readonly bodySize: number
  /** Milliseconds that its earlier stages waited for the DNS. */
  readonly dnsSpent?: number
}

export interface Judged {
  readonly verdict: Verdict
  readonly answer: MessageReply
  readonly about: About
  readonly results: ReadonlyMap<string, CheckResult>
  /** False for mail that was let through without being judged. */
  readonly judged: boolean
  /** Scan workers that had to be ended for it. */
  readonly ended: number
  readonly times: Readonly<Record<string, number>>
}

const NO_TIMES = Object.freeze({})

export async function judgeMessage(
  engine: Engine,
  arrival: Arrival,
  smtpTime: ReadonlyMap<string, CheckResult>,
  own: boolean,
  reference: string,
  sendOriginals?: SendOriginals,
): Promise<Judged> {
  const earlier = withLeftOut(smtpTime, arrival.leftOut, engine.config)
  const about = aboutMail(arrival.headers)
  if (own && trainingClass(arrival, engine.config) === null) return passUnjudged(engine, about, earlier)
  const outcome = await engine.scanner.judge(jobOf(arrival, earlier, reference))
  if (outcome.kind === 'busy' && engine.config.judge.busy === 'defer')
    return deferBusy(engine, about, earlier, reference, outcome.reason)
  if (outcome.kind === 'judged') noticeBrake(engine, outcome.result.autolearn)
  const found = withReputation(engine, arrival, contentOf(engine, arrival, earlier, outcome))
  const { found: given, verdict: judged } = await decided(
    engine,
    found,
    arrival.sender.address,
    reference,
    sendOriginals,
  )
  const skipped = skippedFor(arrival)
  const verdict = skipped === null ? judged : { ...judged, report: { ...judged.report, skipped } }
  const reply = answer(
    verdict,
    {
      headers: arrival.headers,
      recipients: arrival.recipients.map(({ address, raw }) => raw ?? toOctets(address)),
      auth: given.auth,
      descriptions: given.descriptions,
      edits: given.edits,
      markup: given.markup,
      hostname: arrival.macros.get('j') ?? 'localhost',
      reference,
    },
    engine.config,
  )
  return {
    verdict,
    answer: reply,
    about,
    results: given.results,
    judged: true,
    ended: outcome.kind === 'busy' ? 0 : outcome.ended,
    times: given.times,
  }
}

/** Of a client on a network of one's own nothing is asked outside: neither SPF nor lists, and its name means nothing. */
function skippedFor({ client, groups, user, trusted }: Arrival): string | null {
  if (user !== null || trusted) return null
  if (client.address === null) return 'no-client'
  return groups.has('private') ? 'private-client' : null
}

/**
 * The verdict, and what is taken out of the mail by it. What is taken out goes to whom it is to go first; where that
 * fails the mail is held back instead, as it came. Without `sendOriginals` it is only said what would be sent.
 */
async function decided(
  { config }: Engine,
  found: ScanResult,
  sender: string,
  reference: string,
  sendOriginals: SendOriginals = async (to) =>
    to.map((address) => ({ what: 'original', to: address, outcome: 'the mail is only looked at' })),
): Promise<{ readonly found: ScanResult; readonly verdict: Verdict }> {
  const verdict = decide(found, config, reference)
  const taken = factsOf(found.results).attachments
  if (
    taken === undefined ||
    found.edits.length === 0 ||
    (verdict.kind !== 'deliver' && verdict.kind !== 'tag')
  )
    return { found, verdict }
  const sent = taken.copyTo.length === 0 ? [] : await sendOriginals(taken.copyTo)
  const failed = sent.find((one) => one.failed === true)
  if (failed === undefined) {
    const removed = taken.takenOut.map(({ name, hit }) => ({ name, hit }))
    const told =
      taken.notify.length > 0 && deserves({ sender, verdict: verdict.kind, results: found.results })
    // it is sent after the MTA has its answer: the record says what became of it
    const notice: readonly Sent[] = told ? [{ what: 'notice', to: sender, outcome: 'to follow' }] : []
    return {
      found,
      verdict: { ...verdict, report: { ...verdict.report, removed, sent: [...sent, ...notice] } },
    }
  }
  const reason = `the original was not handed to ${failed.to}: ${failed.outcome}`
  const hit = taken.takenOut[0]?.hit ?? 'ATTACHED'
  const held: ScanResult = {
    ...found,
    edits: [],
    unavailable: [...found.unavailable, { check: 'attachments', reason }],
    demands: [...found.demands, { action: 'quarantine', source: 'attachment', hit, text: reason }],
  }
  const again = decide(held, config, reference)
  return { found: held, verdict: { ...again, report: { ...again.report, sent } } }
}

/** After all else, because it pulls the sum of all else towards what the sender has earned. */
function withReputation(engine: Engine, arrival: Arrival, found: ScanResult): ScanResult {
  const { config, store, now } = engine
  if (!config.reputation.enabled) return found
  const authors = factsOf(found.results).from?.addresses ?? []
  const who = identityOf(authors, arrival.sender.address, found.auth, arrival.client.address)
  if (who === null) return found
  try {
    const known = store.reputation.find(who.address, who.identity, now())
    const hit = judgeReputation(known, sumScores(found.hits), now(), config.reputation)
    return hit === null ? found : { ...found, hits: [...found.hits, hit] }
  } catch (error) {
    const reason = messageOf(error)
    return { ...found, unavailable: [...found.unavailable, { check: 'reputation', reason }] }
  }
}

/** The job for the pool: the whole body, for signatures and attachments; rules and classifier see `scan.limit` of its text. */
function jobOf(arrival: Arrival, earlier: ReadonlyMap<string, CheckResult>, reference: string) {
  const { id, startedAt, client, macros, groups, trusted } = arrival
  return {
    session: { id, startedAt, client, macros, groups, trusted },
    helo: arrival.helo,
    user: arrival.user,
    sender: arrival.sender,
    recipients: arrival.recipients,
    queueId: arrival.queueId,
    reference,
    headers: arrival.headers,
    body: arrival.body,
    truncated: arrival.truncated,
    bodySize: arrival.bodySize,
    earlier,
    ...(arrival.dnsSpent === undefined ? {} : { dnsSpent: arrival.dnsSpent }),
  }
}

function passUnjudged(engine: Engine, about: About, earlier: ReadonlyMap<string, CheckResult>): Judged {
  const verdict: Verdict = { kind: 'deliver', report: report([], [], engine.config), why: 'not judged' }
  const reply: MessageReply = { reply: { kind: 'accept' }, edits: [] }
  return { verdict, answer: reply, about, results: earlier, judged: false, ended: 0, times: NO_TIMES }
}

/** The MTA owns a queue and we do not: what cannot be judged now comes again. */
function deferBusy(
  engine: Engine,
  about: About,
  earlier: ReadonlyMap<string, CheckResult>,
  reference: string,
  reason: string,
): Judged {
  const reply = { ...deferral('Too much mail at once, please try again later', reference), enhanced: '4.3.2' }
  const found = report([], [{ check: 'content', reason }], engine.config)
  const verdict: Verdict = { kind: 'defer', report: found, why: reason, reply }
  return {
    verdict,
    answer: { reply: { kind: 'refuse', reply }, edits: [] },
    about,
    results: earlier,
    judged: true,
    ended: 0,
    times: NO_TIMES,
  }
}
