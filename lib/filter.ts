/**
 * THE SEAM between the milter protocol and the filter: a stage of an SMTP session in, checks, policy, an answer out.
 * One object per SMTP session; it keeps the engine it began with, so that a reload never changes a running session.
 *
 * A refusal found at CONNECT, HELO or MAIL is said at each RCPT unless the configuration asks for it at once: then the
 * journal has sender and recipient, postmaster can be reached, and a user who logs in is never refused for the
 * address they come from. A 421 is said at once in any case.
 */
import type { CheckResult, CheckStage, EnvelopePath, Outcome, SenderInput, Session } from './checks/check.ts'
import { CheckRun } from './checks/run.ts'
import type { Engine } from './engine.ts'
import { dnsAccount, type DnsAccount } from './net/dns-account.ts'
import type {
  AtConnect,
  AtData,
  AtHelo,
  AtMessage,
  AtRecipient,
  AtRejectedRecipient,
  AtSender,
  AtUnknown,
  MessageReply,
  MilterFactory,
  MilterHandler,
  Path,
  Reply,
} from './milter/handler.ts'
import { noteFailed } from './checks/failed-commands.ts'
import { noteEnded } from './checks/shut-out.ts'
import { followUp, originalsOf } from './follow-up.ts'
import { judgeMessage } from './judge.ts'
import { toCharacters } from './octet-text.ts'
import type { Sent } from './policy/verdict.ts'
import { logRefusal, logVerdict } from './journal.ts'

const CONTINUE: Reply = { kind: 'continue' }
type Refusal = Extract<CheckResult, { kind: 'refuse' }>
/** Local parts that RFC 5321 section 4.5.1 and RFC 2142 want reachable. */
const ALWAYS_REACHABLE = /^(postmaster|abuse)(@|$)/i

export function createFilter(engine: () => Engine): MilterFactory {
  return () => new FilterSession(engine())
}

class FilterSession implements MilterHandler {
  readonly #engine: Engine
  readonly #account: DnsAccount
  #session: Session
  #run: CheckRun
  #helo = ''
  #user: string | null = null
  #sender: Path = { address: '', parameters: [] }
  #recipients: Path[] = []
  #recipientResults = new Map<string, CheckResult>()
  #transactions = 0
  /** MAIL was said, and the end of the mail has not come. */
  #begun = false

  constructor(engine: Engine) {
    this.#engine = engine
    const { mail_time: time, mail_questions: open } = engine.config.dns
    this.#account = dnsAccount({ time, open })
    this.#session = sessionOf(engine, {
      client: { address: null, hostname: 'unknown', port: 0 },
      macros: new Map(),
    })
    this.#run = this.#newRun()
    engine.sessions.open++
  }

  async connect(input: AtConnect): Promise<Reply> {
    this.#session = sessionOf(this.#engine, input)
    this.#run.start('connect', this.#session, this.#known())
    await this.#run.join('connect')
    return this.#early(['connect'])
  }

  async helo({ helo: said, macros }: AtHelo): Promise<Reply> {
    const helo = toCharacters(said)
    this.#helo = helo
    this.#session = { ...this.#session, macros }
    this.#run.forget('helo')
    this.#run.start('helo', { ...this.#session, helo }, this.#known())
    await this.#run.join('helo')
    return this.#early(['connect', 'helo'])
  }

  async sender({ sender, helo, macros }: AtSender): Promise<Reply> {
    this.#newTransaction()
    this.#transactions++
    this.#begun = true
    this.#helo = toCharacters(helo)
    this.#session = { ...this.#session, macros }
    this.#user = macros.get('{auth_authen}') || null
    this.#sender = readablePath(sender)
    const known = this.#known()
    if (known) this.#run.spare()
    this.#run.start('sender', this.#senderInput(), known)
    await this.#run.join('sender')
    return this.#early(['connect', 'helo', 'sender'])
  }

  async recipient({ recipient: said }: AtRecipient): Promise<Reply> {
    const recipient = readablePath(said)
    const run = this.#run
    run.forget('recipient')
    await run.join('recipient')
    const before = run.refusal(['connect', 'helo', 'sender'])
    if (before !== null && !this.#reachable(recipient)) return this.#refuse(before, 'RCPT', [recipient])
    run.start(
      'recipient',
      { ...this.#senderInput(), recipient, recipients: [...this.#recipients] },
      this.#known(),
    )
    await run.join('recipient')
    const refusal = run.refusal(['recipient'])
    if (refusal !== null && !this.#reachable(recipient)) return this.#refuse(refusal, 'RCPT', [recipient])
    this.#recipients.push(recipient)
    this.#keepRecipientResults()
    return CONTINUE
  }

  async rejectedRecipient({ recipient: said, status, reason }: AtRejectedRecipient): Promise<void> {
    const recipient = readablePath(said)
    const input = { ...this.#senderInput(), recipient, recipients: [...this.#recipients], status, reason }
    this.#run.start('rejectedRecipient', input, this.#known())
    await this.#run.join('rejectedRecipient')
  }

  async unknown({ line }: AtUnknown): Promise<Reply> {
    this.#run.forget('unknown')
    this.#run.start('unknown', { ...this.#session, line }, this.#known())
    await this.#run.join('unknown')
    const refusal = this.#run.refusal(['unknown'])
    return refusal === null ? CONTINUE : this.#refuse(refusal, 'UNKNOWN', [])
  }

  async data({ recipients: said, macros }: AtData): Promise<Reply> {
    const recipients = said.map(readablePath)
    this.#session = { ...this.#session, macros }
    this.#run.start('data', { ...this.#senderInput(), recipients }, this.#known())
    await this.#run.join('data')
    const refusal = this.#run.refusal(['data'])
    return refusal === null ? CONTINUE : this.#refuse(refusal, 'DATA', recipients)
  }

  async message(input: AtMessage): Promise<MessageReply> {
    const engine = this.#engine
    const startedAt = engine.now()
    this.#session = { ...this.#session, macros: input.macros }
    await this.#run.join('message')
    const results = new Map([...this.#run.results(), ...this.#recipientResults])
    const arrival = { ...this.#senderInput(), ...withoutStage(input), dnsSpent: this.#account.spent() }
    const judged = await judgeMessage(
      engine,
      arrival,
      results,
      this.#unjudged(),
      this.#reference(),
      originalsOf(engine, arrival),
    )
    noteEnded(engine, arrival, judged.ended)
    logVerdict(engine, arrival, judged, this.#reference(), engine.now() - startedAt)
    const { kind, why, report } = judged.verdict
    const outcome = this.#outcome({
      ...report,
      verdict: kind,
      why,
      judged: judged.judged,
      queueId: input.queueId,
      recipients: arrival.recipients,
      results: judged.results,
      message: judged.about,
    })
    void recordWith(engine, outcome, followUp(engine, arrival, judged.verdict, outcome))
    this.#newTransaction()
    this.#account.restart()
    return judged.answer
  }

  aborted(): void {
    // the MTA says so after every mail, also a good one
    if (this.#begun && !this.#known()) noteFailed(this.#engine, this.#session, 'aborted mails')
    this.#newTransaction()
    this.#account.restart()
  }

  closed(): void {
    this.#engine.sessions.open--
    this.#run.close()
    for (const recorder of this.#engine.recorders) recorder.closed?.(this.#session, this.#engine)
  }

  /** Who they are is known: they logged in, or they are in the trusted group. What concerns strangers does not concern them. */
  #known(): boolean {
    return this.#session.trusted || this.#user !== null
  }

  /** Not even the content of their mail is judged. */
  #unjudged(): boolean {
    const { judge } = this.#engine.config
    return (this.#session.trusted && !judge.trusted) || (this.#user !== null && !judge.authenticated)
  }

  #newRun(): CheckRun {
    const { checks, config, dns, dnsLists, store, now, scanner, log } = this.#engine
    return new CheckRun({
      checks,
      context: {
        config,
        dns: this.#account.of(dns),
        store,
        now,
        scores: scanner.scores,
        alert: (text) => log.warn(text),
        ...(dnsLists === undefined
          ? {}
          : { dnsLists: { ...dnsLists, dnsFor: (index) => this.#account.of(dnsLists.dnsFor(index)) } }),
      },
      deadline: config.judge.stage_deadline,
    })
  }

  #newTransaction(): void {
    this.#begun = false
    this.#run.endTransaction()
    this.#recipients = []
    this.#recipientResults = new Map()
  }

  #senderInput(): SenderInput {
    return { ...this.#session, helo: this.#helo, sender: this.#sender, user: this.#user }
  }

  #reference(): string {
    return `${this.#session.id}-${this.#transactions}`
  }

  /** What is said before any recipient is known: only a hang-up, unless refusals are wanted at once. */
  #early(stages: readonly CheckStage[]): Reply {
    const refusal = this.#run.refusal(stages)
    if (refusal === null) return CONTINUE
    if (refusal.reply.code !== 421 && this.#engine.config.judge.refuse_at === 'recipient') return CONTINUE
    return this.#refuse(refusal, (stages.at(-1) ?? 'connect').toUpperCase(), [])
  }

  #reachable({ address }: Path): boolean {
    return this.#engine.config.judge.reach_postmaster && ALWAYS_REACHABLE.test(address)
  }

  #refuse({ hit, reply }: Refusal, stage: string, recipients: readonly Path[]): Reply {
    const reference = this.#reference()
    const kind = reply.code < 500 ? 'defer' : 'reject'
    if (stage === 'RCPT' && kind === 'reject') noteFailed(this.#engine, this.#session, 'refused recipients')
    logRefusal(this.#engine, this.#senderInput(), { stage, kind, hit, reply, recipients, reference })
    const score = hit.score ?? this.#engine.scanner.scores.get(hit.name) ?? 0
    const outcome = this.#outcome({
      verdict: kind,
      why: `${reply.code} ${reply.enhanced} ${reply.text} at ${stage}`,
      judged: true,
      queueId: '',
      recipients,
      results: this.#run.results(),
      score,
      required: null,
      unavailable: [],
      hits: [{ ...hit, score }],
      message: null,
    })
    void recordWith(this.#engine, outcome, null)
    return { kind: 'refuse', reply: { ...reply, text: `${reply.text} (ref ${reference})` } }
  }

  #keepRecipientResults(): void {
    for (const { name, stage } of this.#engine.checks) {
      const result = stage === 'recipient' ? this.#run.results().get(name) : undefined
      if (result !== undefined && result.kind !== 'refuse') this.#recipientResults.set(name, result)
    }
  }

  #outcome(
    rest: Omit<Outcome, 'session' | 'helo' | 'user' | 'sender' | 'recipients' | 'reference'> & {
      readonly recipients: readonly Path[]
    },
  ): Outcome {
    return {
      ...rest,
      reference: this.#reference(),
      session: this.#session,
      helo: this.#helo,
      user: this.#user,
      sender: this.#sender.address,
      recipients: rest.recipients.map(({ address }) => address),
    }
  }
}

/** What is sent after the verdict belongs to its record: that is written when it is known what became of it. */
async function recordWith(
  engine: Engine,
  outcome: Outcome,
  following: Promise<readonly Sent[]> | null,
): Promise<void> {
  const sent = following === null ? [] : await following
  const whole =
    sent.length === 0
      ? outcome
      : {
          ...outcome,
          sent: [
            ...(outcome.sent ?? []).filter(({ what }) => !sent.some((one) => one.what === what)),
            ...sent,
          ],
        }
  for (const recorder of engine.recorders) void remember(engine, recorder, whole)
}

/** A recorder that fails costs a memory, never a mail. */
async function remember(
  engine: Engine,
  recorder: Engine['recorders'][number],
  outcome: Outcome,
): Promise<void> {
  try {
    await recorder.record(outcome, engine)
  } catch (error) {
    engine.log.warn(`${recorder.name} could not remember a verdict`, { reason: String(error) })
  }
}

function sessionOf(engine: Engine, { client, macros }: AtConnect): Session {
  const groups = engine.groupsOf(client.address)
  return {
    id: engine.newId(),
    startedAt: engine.now(),
    client,
    macros,
    groups,
    trusted: groups.has(engine.config.judge.trusted_group),
  }
}

/** The address in characters, and beside it the octets by which the MTA knows it; an ASCII address is both. */
const readablePath = (path: Path): EnvelopePath =>
  /[^\x00-\x7f]/.test(path.address)
    ? { ...path, address: toCharacters(path.address), raw: path.address }
    : path

function withoutStage({ recipients, queueId, headers, body, truncated, leftOut, bodySize }: AtMessage) {
  return { recipients: recipients.map(readablePath), queueId, headers, body, truncated, leftOut, bodySize }
}
