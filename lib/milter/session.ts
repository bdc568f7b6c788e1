/**
 * The milter protocol as a state machine: one frame in, one step out.
 *
 * It knows no socket, no promise and no clock: `connection.ts` obeys its steps, asks the handler when told to, and
 * hands the answer back. It negotiates, keeps macros and envelope, collects the message within its limits, decides
 * whether the MTA waits for a reply, and refuses what comes in the wrong order.
 *
 * A transaction ends by ABORT, by its end-of-message, by the next MAIL or HELO (Sendmail does not always send ABORT),
 * by QUIT_NC and by the end of the connection. ABORT is legal at any time, also twice and after a good message.
 */

import type { BodyMemory } from './body-memory.ts'
import { decodeCommand, type Command, type ContentCommand } from './command.ts'
import type { Frame } from './frame.ts'
import type {
  AtConnect,
  AtData,
  AtMessage,
  AtSender,
  Client,
  MessageReply,
  Path,
  RawHeader,
} from './handler.ts'
import { MacroStore } from './macros.ts'
import {
  negotiate,
  wantsTransactions,
  type Agreement,
  type Callbacks,
  type NegotiationOptions,
} from './negotiate.ts'
import {
  DECIDING,
  inSafeOrder,
  isContinue,
  legalAnswer,
  NO_REPLY,
  NOTHING,
  sent,
  type Answer,
  type Answered,
  type Question,
  type Step,
} from './question.ts'
import { encodeAgreement, encodeEdit, encodeReply, NO_ROOM, RECIPIENTS_FULL } from './reply.ts'
import { PHASE, Transaction, type MessageLimits } from './transaction.ts'
import { ProtocolError, STEP } from './wire.ts'

export interface SessionOptions {
  readonly limits: MessageLimits
  readonly negotiation: NegotiationOptions
  /** The account of all bodies; absent: each is held in memory. */
  readonly memory?: BodyMemory | null
}

const WAIT: Step = { kind: 'wait' }
const CLOSE: Step = { kind: 'close' }
const RENEW: Step = { kind: 'renew' }
const CONTINUE: Step = { kind: 'send', frame: encodeReply({ kind: 'continue' }) }
const SKIP: Step = { kind: 'send', frame: encodeReply({ kind: 'skip' }) }
const NO_CLIENT: Client = { address: null, hostname: 'unknown', port: 0 }

/** One milter connection's protocol. */
export class Session {
  readonly #options: SessionOptions
  readonly #callbacks: () => Callbacks
  readonly #macros = new MacroStore()
  #has: Callbacks | null = null
  #agreement: Agreement | null = null
  #connected = false
  #client: Client = NO_CLIENT
  #helo = ''
  #transaction: Transaction | null = null
  #question: Question | null = null
  #aborted = false

  /** @param callbacks which callbacks there are; called once, at the negotiation */
  constructor(options: SessionOptions, callbacks: () => Callbacks) {
    this.#options = options
    this.#callbacks = callbacks
  }

  /** What was negotiated; null before. */
  get agreement(): Agreement | null {
    return this.#agreement
  }

  /** True between MAIL and the end of that transaction. */
  get inTransaction(): boolean {
    return this.#transaction !== null
  }

  /** The MTA names itself in the macro `v`. Postfix takes progress frames at every stage, Sendmail at the last only. */
  get mtaIsPostfix(): boolean {
    return this.#macros.all().get('v')?.startsWith('Postfix') ?? false
  }

  /** Whether the last step ended a transaction whose message was never asked about. Reading it resets it. */
  takeAborted(): boolean {
    const aborted = this.#aborted
    this.#aborted = false
    return aborted
  }

  /** The connection is gone: ends what is open. True when the handler has been asked about the open message. */
  end(): boolean {
    const asked = this.#question?.stage === 'message'
    this.#question = null
    this.#endTransaction()
    return asked
  }

  /** Whether the MTA waits for the answer to the pending question. */
  get replyExpected(): boolean {
    const stage = this.#question?.stage
    return stage !== undefined && this.#replies(NO_REPLY[stage])
  }

  /**
   * Takes one frame. Must not be called while a question is pending.
   *
   * @throws ProtocolError when the frame is malformed or out of order; the connection is then to be closed
   */
  step(frame: Frame): Step {
    const command = decodeCommand(frame)
    if (this.#agreement === null) return this.#beforeNegotiation(command)
    switch (command.kind) {
      case 'macros':
        this.#macros.set(command.of, command.data)
        return WAIT
      case 'connect':
        return this.#connect(command.client)
      case 'helo':
        return this.#onHelo(command.helo)
      case 'mail':
        return this.#mail(command.path)
      case 'unknown':
        return this.#unknown(command.line)
      case 'abort':
        this.#endTransaction()
        return WAIT
      case 'quit':
        this.#endTransaction()
        return CLOSE
      case 'quitNewConnection':
        return this.#renew()
      case 'negotiate':
        throw outOfOrder('a second negotiation')
      default:
        return this.#content(command)
    }
  }

  #beforeNegotiation(command: Command): Step {
    if (command.kind === 'quit') return CLOSE
    if (command.kind === 'abort') return WAIT
    if (command.kind !== 'negotiate') throw outOfOrder(`${command.kind} before the negotiation`)
    this.#has = this.#callbacks()
    this.#agreement = negotiate(command.offer, this.#has, this.#options.negotiation)
    return { kind: 'send', frame: encodeAgreement(this.#agreement) }
  }

  #connect(client: Client): Step {
    if (this.#connected) throw outOfOrder('a second CONNECT')
    this.#connected = true
    this.#client = client
    return this.#ask('connect', () => ({ stage: 'connect', input: this.#atConnect() }))
  }

  #onHelo(helo: string): Step {
    this.#endTransaction()
    this.#helo = helo
    return this.#ask('helo', () => ({ stage: 'helo', input: { ...this.#atConnect(), helo } }))
  }

  #mail(sender: Path): Step {
    this.#endTransaction(true)
    const mail = new Transaction(sender, this.#options.limits, this.#options.memory)
    this.#transaction = mail
    return this.#ask('sender', () => ({ stage: 'sender', input: this.#atSender(mail) }))
  }

  #unknown(line: string): Step {
    return this.#ask('unknown', () => ({ stage: 'unknown', input: { ...this.#atConnect(), line } }))
  }

  #renew(): Step {
    this.#endTransaction()
    this.#macros.clear()
    this.#connected = false
    this.#client = NO_CLIENT
    this.#helo = ''
    return RENEW
  }

  /** The commands that stand within a transaction only. */
  #content(command: ContentCommand): Step {
    const mail = this.#transaction
    if (mail === null) return this.#withoutMail(command.kind)
    const phase = command.kind === 'endOfMessage' ? PHASE.body : PHASE[command.kind]
    // A phase may be repeated (RCPT, header, body chunk) or left out, but not gone back to; EOH comes once.
    if (mail.phase > phase || (command.kind === 'endOfHeaders' && mail.phase === phase))
      throw outOfOrder(`${command.kind} after a later command of the same message`)
    mail.phase = phase
    if (mail.decision !== null) return this.#decided(command.kind, mail.decision)
    switch (command.kind) {
      case 'recipient':
        return this.#recipient(mail, command.path)
      case 'data':
        return this.#ask('data', () => ({ stage: 'data', input: this.#atData(mail) }))
      case 'header':
        return this.#header(mail, command.header)
      case 'endOfHeaders':
        return this.#ask('endOfHeaders', () => ({ stage: 'endOfHeaders' }))
      case 'body':
        return this.#body(mail, command.chunk)
      case 'endOfMessage':
        return this.#endOfMessage(mail, command.chunk)
    }
  }

  /** An MTA that cannot leave commands out sends them also to a handler that has no use for any transaction. */
  #withoutMail(kind: ContentCommand['kind']): Step {
    if (this.#has !== null && !wantsTransactions(this.#has)) return this.#default(kind)
    throw outOfOrder(`${kind} without MAIL`)
  }

  /** After accept, discard or a refusal of the whole mail: the same answer, should the MTA go on all the same. */
  #decided(kind: ContentCommand['kind'], frame: Buffer): Step {
    if (kind === 'endOfMessage') this.#endTransaction()
    const stage = kind === 'endOfMessage' ? 'message' : kind
    return this.#replies(NO_REPLY[stage]) ? { kind: 'send', frame } : WAIT
  }

  #recipient(mail: Transaction, recipient: Path): Step {
    const macros = this.#macros.all()
    if (this.#agreed(STEP.rejectedRecipients) && macros.get('{rcpt_mailer}') === 'error') {
      const input = {
        ...this.#atSender(mail),
        recipient,
        status: macros.get('{rcpt_host}') ?? '',
        reason: macros.get('{rcpt_addr}') ?? '',
      }
      return this.#asking({ stage: 'rejectedRecipient', input })
    }
    if (mail.full && this.#has?.recipient === true) return this.#decided('recipient', RECIPIENTS_FULL)
    if (this.#has?.recipient !== true) {
      mail.addRecipient(recipient)
      return this.#default('recipient')
    }
    return this.#asking({ stage: 'recipient', input: { ...this.#atSender(mail), recipient } })
  }

  #header(mail: Transaction, header: RawHeader): Step {
    if (this.#has?.message === true) mail.addHeader(header)
    return this.#ask('header', () => ({ stage: 'header', input: header }))
  }

  #body(mail: Transaction, chunk: Buffer): Step {
    if (mail.skipping) return this.#default('body')
    if (this.#has?.message === true) mail.body.append(chunk)
    if (mail.body.failed) return this.#decided('body', (mail.decision = NO_ROOM))
    if (this.#has?.body === true) return this.#asking({ stage: 'body', input: chunk })
    return mail.body.truncated ? this.#skip(mail) : this.#default('body')
  }

  /** Asks the MTA to send no more chunks, or ignores them where it cannot be asked. */
  #skip(mail: Transaction): Step {
    const canSkip = this.#agreed(STEP.skip) && this.#replies(STEP.noReplyBody)
    // Where the MTA goes on sending, the chunks are still counted, so that bodySize is right.
    if (canSkip) mail.skipping = true
    return canSkip ? SKIP : this.#default('body')
  }

  #endOfMessage(mail: Transaction, chunk: Buffer): Step {
    if (this.#has?.message !== true) {
      this.#endTransaction()
      return CONTINUE
    }
    if (chunk.length > 0 && !mail.skipping) mail.body.append(chunk)
    if (mail.body.failed) return this.#decided('endOfMessage', NO_ROOM)
    const data = this.#atData(mail)
    const input: Omit<AtMessage, 'body'> = {
      ...data,
      queueId: data.macros.get('i') ?? '',
      headers: mail.headers,
      bodySize: mail.body.size,
      truncated: mail.truncated || mail.skipping,
      leftOut: mail.leftOut,
    }
    return this.#asking({ stage: 'message', input, held: mail.body })
  }

  #endTransaction(keepMacros = false): void {
    // MAIL's own macros have come before it, so a MAIL that ends the transaction before keeps them.
    if (!keepMacros) this.#macros.endTransaction()
    if (this.#transaction === null) return
    this.#transaction.body.release()
    this.#transaction = null
    this.#aborted = true
  }

  // The steps a stage takes when there is, or is not, a callback for it.

  #ask(stage: Exclude<Question['stage'], 'message'>, question: () => Question): Step {
    return this.#has?.[stage] === true ? this.#asking(question()) : this.#default(stage)
  }

  #asking(question: Question): Step {
    this.#question = question
    return { kind: 'ask', question }
  }

  #default(stage: keyof typeof NO_REPLY | ContentCommand['kind']): Step {
    return this.#replies(NO_REPLY[stage === 'endOfMessage' ? 'message' : stage]) ? CONTINUE : WAIT
  }

  #agreed(step: number): boolean {
    return ((this.#agreement?.steps ?? 0) & step) !== 0
  }

  #replies(noReply: number): boolean {
    return !this.#agreed(noReply)
  }

  // What is known at each stage.

  #atConnect(): AtConnect {
    return { client: this.#client, macros: this.#macros.all() }
  }

  #atSender({ sender }: Transaction): AtSender {
    return { ...this.#atConnect(), helo: this.#helo, sender }
  }

  #atData(mail: Transaction): AtData {
    return { ...this.#atSender(mail), recipients: mail.recipients }
  }

  // Answers.

  /** The handler's answer to the pending question, of every stage but `message`. @throws RangeError, see encodeRefusal */
  answer(answer: Answer): Answered {
    const question = this.#question
    const mail = this.#transaction
    if (question === null) return NOTHING
    const legal = legalAnswer(question.stage, answer)
    const frame = encodeReply(legal)
    const expected = this.replyExpected
    this.#question = null
    if (question.stage === 'body' && mail !== null && isContinue(legal)) return this.#afterChunk(mail, legal)
    if (question.stage === 'recipient') this.#afterRecipient(question.input.recipient, legal, frame)
    else if (mail !== null && DECIDING.has(question.stage) && !isContinue(legal)) mail.decision = frame
    const problems = legal === answer ? [] : [`${answer.kind} is no answer to ${question.stage}`]
    return { frames: expected ? [frame] : [], problems }
  }

  /** The handler's answer at the end of the message. @throws RangeError, see encodeRefusal */
  answerMessage({ reply, edits }: MessageReply): Answered {
    const agreement = this.#agreement
    if (this.#question?.stage !== 'message' || agreement === null) return NOTHING
    const final = encodeReply(reply)
    const frames: Buffer[] = []
    const problems: string[] = []
    const wanted = reply.kind === 'continue' || reply.kind === 'accept' ? inSafeOrder(edits) : []
    for (const edit of wanted) {
      const encoded = encodeEdit(edit, agreement)
      if (encoded.kind === 'frames') frames.push(...encoded.frames)
      else problems.push(encoded.why)
    }
    frames.push(final)
    this.#question = null
    this.#endTransaction()
    this.#aborted = false
    return { frames, problems }
  }

  #afterChunk(mail: Transaction, answer: Answer): Answered {
    if (answer.kind === 'skip') {
      const step = this.#skip(mail)
      mail.skipping = true
      return sent(step)
    }
    return sent(mail.body.truncated ? this.#skip(mail) : this.#default('body'))
  }

  #afterRecipient(recipient: Path, answer: Answer, frame: Buffer): void {
    const mail = this.#transaction
    if (mail === null) return
    if (answer.kind === 'continue' || answer.kind === 'accept') mail.addRecipient(recipient)
    // A refusal concerns this recipient; accept, discard and shutdown the whole mail.
    if (answer.kind === 'accept' || answer.kind === 'discard' || answer.kind === 'shutdown')
      mail.decision = frame
  }
}

function outOfOrder(what: string): ProtocolError {
  return new ProtocolError('wrong-order', what)
}
