/**
 * One socket: octets to frames to the session's steps, the handler's answers back, and the clocks.
 *
 * Frames are worked off in one go as long as nothing has to be waited for, and everything that came of it is written
 * at once. While a callback works, what the MTA sends meanwhile is left in the socket after a bounded amount, its
 * closing is still noticed, and progress frames keep it waiting. Whatever goes wrong ends this connection only.
 */

import type { Socket } from 'node:net'
import { callHandler, failure, isThenable, type AnyAnswer } from './ask.ts'
import { FrameDecoder, PROGRESS_FRAME } from './frame.ts'
import type { MilterFactory, MilterHandler } from './handler.ts'
import { callbacksOf } from './negotiate.ts'
import type { ConnectionInfo, Problem, ProblemKind } from './problem.ts'
import type { Answered, Question } from './question.ts'
import { Session, type SessionOptions } from './session.ts'
import { ProtocolError } from './wire.ts'

/** Time limits of a connection, in milliseconds. */
export interface TimeLimits {
  /** From the connection to the MTA's offer; a stranger at the port says nothing at all. */
  readonly handshakeMs: number
  /** Without a word from the MTA: as long as an SMTP client may take to type a command. */
  readonly idleMs: number
  /** For the rest of a frame that has begun to arrive. */
  readonly frameMs: number
  /** For one callback; then its signal is aborted and the MTA gets a tempfail. */
  readonly callbackMs: number
  /** Between two progress frames while a callback works; 0 sends none. */
  readonly progressMs: number
}

export interface ConnectionOptions {
  readonly info: ConnectionInfo
  readonly factory: MilterFactory
  readonly session: SessionOptions
  readonly times: TimeLimits
  /** Longest frame in octets. */
  readonly frameOctets: number
  readonly onProblem: (problem: Problem) => void
  readonly onClose: () => void
}

/** Octets left unread in the process, and unwritten, before the peer is made to wait. */
const MOST_BUFFERED = 4 * 1024 * 1024
/** How long the last answers may take to be read. */
const LINGER_MS = 10_000

export class Connection {
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #decoder: FrameDecoder
  readonly #session: Session
  #handler: MilterHandler | null = null
  /** For all callbacks of the connection, as what one has begun may outlast it; a new one after a time-out. */
  #control = new AbortController()
  #asked = 0
  #out: Buffer[] = []
  #busy = false
  #over = false
  #draining = false
  #idle: NodeJS.Timeout
  #frameTimer: NodeJS.Timeout | null = null
  #callbackTimer: NodeJS.Timeout | null = null
  #progressTimer: NodeJS.Timeout | null = null

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.#decoder = new FrameDecoder(options.frameOctets)
    this.#session = new Session(options.session, () => callbacksOf(this.#renewHandler()))
    this.#idle = setTimeout(() => this.#onIdle(), options.times.handshakeMs)
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    socket.on('drain', () => {
      socket.resume()
      this.#work()
    })
    socket.on('end', () => this.#onEnd())
    // ECONNRESET and EPIPE say no more than the close that follows them.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#finish()
      options.onClose()
    })
  }

  /** Lets a running transaction end and closes then; closes at once where there is none. */
  drain(): void {
    this.#draining = true
    // A MAIL that has reached this machine already is still read, which takes a turn of the event loop.
    setImmediate(() => setImmediate(() => this.#closeWhenDrained()))
  }

  /** Ends the connection now. */
  destroy(): void {
    this.#finish()
    this.#socket.destroy()
  }

  // Input.

  #onData(chunk: Buffer): void {
    if (this.#over) return
    if (this.#session.agreement !== null) this.#idle.refresh()
    this.#decoder.push(chunk)
    this.#work()
    // What is left is at most a part of a frame, unless a callback or the peer is waited for.
    if (this.#decoder.buffered > MOST_BUFFERED + this.#options.frameOctets) this.#socket.pause()
  }

  /** Works off frames until there are none, a callback has to be waited for, or the peer does not read. */
  #work(): void {
    try {
      while (!this.#busy && !this.#over && this.#socket.writableLength < MOST_BUFFERED) {
        const frame = this.#decoder.next()
        if (frame === null) break
        this.#obey(frame)
      }
    } catch (error) {
      this.#fail(error)
    }
    this.#flush()
    if (this.#decoder.buffered > 0 && !this.#over && this.#frameTimer === null) this.#watchFrame()
    if (this.#draining) this.#closeWhenDrained()
  }

  /** A frame has begun and is not whole: it must be by the time the timer ends, or another one after it. */
  #watchFrame(): void {
    const { frameMs } = this.#options.times
    const frames = this.#decoder.frames
    this.#frameTimer = setTimeout(() => {
      this.#frameTimer = null
      if (this.#decoder.buffered === 0 || this.#over) return
      if (this.#busy || this.#decoder.frames !== frames) {
        this.#watchFrame()
        return
      }
      this.#problem('timeout', `the rest of a frame did not arrive within ${frameMs} ms`)
      this.destroy()
    }, frameMs)
  }

  #obey(frame: Parameters<Session['step']>[0]): void {
    const negotiated = this.#session.agreement !== null
    const step = this.#session.step(frame)
    if (this.#session.takeAborted()) this.#tell((handler) => handler.aborted?.())
    switch (step.kind) {
      case 'send':
        this.#out.push(step.frame)
        if (!negotiated) this.#restartIdle()
        break
      case 'ask':
        this.#ask(step.question)
        break
      case 'renew':
        this.#control.abort(new Error('the SMTP session is over'))
        this.#control = new AbortController()
        this.#renewHandler()
        break
      case 'close':
        this.#end()
        break
      case 'wait':
        break
    }
  }

  #onEnd(): void {
    if (!this.#over && !this.#busy && this.#decoder.buffered > 0)
      this.#problem('protocol', 'the MTA closed the connection in the middle of a frame')
    this.#finish()
  }

  // The handler.

  #renewHandler(): MilterHandler {
    this.#closeHandler()
    this.#handler = this.#options.factory()
    return this.#handler
  }

  #closeHandler(): void {
    const handler = this.#handler
    this.#handler = null
    if (handler !== null) this.#call(() => handler.closed?.())
  }

  #tell(what: (handler: MilterHandler) => void): void {
    const handler = this.#handler
    if (handler !== null) this.#call(() => what(handler))
  }

  /** A callback that answers nothing. */
  #call(callback: () => void): void {
    try {
      callback()
    } catch (error) {
      this.#handlerFailed(error)
    }
  }

  #ask(question: Question): void {
    let answer
    try {
      answer = callHandler(this.#handler ?? {}, question, this.#control.signal)
    } catch (error) {
      this.#handlerFailed(error)
      answer = failure(question)
    }
    if (isThenable(answer)) this.#await(question, Promise.resolve(answer))
    else this.#answer(question, answer)
  }

  #await(question: Question, answer: Promise<AnyAnswer>): void {
    this.#busy = true
    this.#asked += 1
    const asked = this.#asked
    this.#startTimers(question)
    answer.then(
      (value) => this.#resume(asked, question, value),
      (error: unknown) => {
        if (asked === this.#asked && !this.#over) this.#handlerFailed(error)
        this.#resume(asked, question, failure(question))
      },
    )
  }

  /** The callback is done, or its time is over; whichever comes second finds another number and is ignored. */
  #resume(asked: number, question: Question, answer: AnyAnswer): void {
    if (asked !== this.#asked || this.#over) return
    this.#asked += 1
    this.#stopTimers()
    this.#busy = false
    try {
      this.#answer(question, answer)
    } catch (error) {
      this.#fail(error)
    }
    this.#socket.resume()
    this.#idle.refresh()
    this.#work()
  }

  #answer(question: Question, answer: AnyAnswer): void {
    let answered: Answered
    try {
      answered = this.#encode(question, answer)
    } catch (error) {
      this.#handlerFailed(error)
      answered = this.#encode(question, failure(question))
    }
    this.#out.push(...answered.frames)
    for (const problem of answered.problems) this.#problem('answer', problem)
  }

  #encode(question: Question, answer: AnyAnswer): Answered {
    if (question.stage === 'rejectedRecipient') return this.#session.answer({ kind: 'continue' })
    if (answer === undefined) throw new TypeError(`the callback ${question.stage} answered nothing`)
    if ('edits' in answer) return this.#session.answerMessage(answer)
    if (question.stage === 'message') throw new TypeError('the callback message answers { reply, edits }')
    return this.#session.answer(answer)
  }

  // Clocks.

  #startTimers(question: Question): void {
    const { callbackMs, progressMs } = this.#options.times
    const asked = this.#asked
    this.#callbackTimer = setTimeout(() => {
      this.#problem('timeout', `the callback ${question.stage} took longer than ${callbackMs} ms: tempfail`)
      this.#control.abort(new Error(`no answer within ${callbackMs} ms`))
      this.#control = new AbortController()
      this.#resume(asked, question, failure(question))
    }, callbackMs)
    // Sendmail takes progress frames at the end of the message only; at other stages they would end the connection.
    const welcome =
      question.stage === 'message' || (this.#session.replyExpected && this.#session.mtaIsPostfix)
    if (progressMs > 0 && welcome)
      this.#progressTimer = setInterval(() => this.#socket.write(PROGRESS_FRAME), progressMs)
  }

  #stopTimers(): void {
    if (this.#callbackTimer !== null) clearTimeout(this.#callbackTimer)
    if (this.#progressTimer !== null) clearInterval(this.#progressTimer)
    this.#callbackTimer = null
    this.#progressTimer = null
  }

  #restartIdle(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.#onIdle(), this.#options.times.idleMs)
  }

  #onIdle(): void {
    // A working callback has its own clock.
    if (this.#busy) {
      this.#idle.refresh()
      return
    }
    const { handshakeMs, idleMs } = this.#options.times
    this.#problem(
      'timeout',
      this.#session.agreement === null
        ? `no negotiation within ${handshakeMs} ms`
        : `the MTA sent nothing for ${idleMs} ms`,
    )
    this.destroy()
  }

  // Output and end.

  #flush(): void {
    if (this.#out.length === 0) return
    const [first] = this.#out
    const frames = this.#out.length === 1 && first !== undefined ? first : Buffer.concat(this.#out)
    this.#out = []
    if (this.#socket.writable) this.#socket.write(frames)
  }

  #closeWhenDrained(): void {
    if (!this.#over && !this.#busy && !this.#session.inTransaction) this.#end()
  }

  /** Orderly: what was answered is written, then the connection is closed. */
  #end(): void {
    this.#flush()
    this.#finish()
    // A peer that does not read must not keep the connection for ever.
    if (this.#socket.writableLength > 0) this.#socket.setTimeout(LINGER_MS, () => this.#socket.destroy())
    this.#socket.destroySoon()
  }

  /** The peer broke the protocol, or there is a mistake of ours: either ends this connection. */
  #fail(error: unknown): void {
    if (error instanceof ProtocolError) this.#problem('protocol', error.message)
    else this.#handlerFailed(error)
    this.#end()
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#idle)
    if (this.#frameTimer !== null) clearTimeout(this.#frameTimer)
    this.#stopTimers()
    if (this.#busy) this.#problem('peer-left', 'the connection ended while a callback was at work')
    const askedForMessage = this.#session.end()
    if (this.#session.takeAborted() && !askedForMessage) this.#tell((handler) => handler.aborted?.())
    this.#control.abort(new Error('the connection is closed'))
    this.#closeHandler()
  }

  #handlerFailed(error: unknown): void {
    this.#problem('handler', error instanceof Error ? error.message : String(error), error)
  }

  #problem(kind: ProblemKind, message: string, error?: unknown): void {
    const problem = { kind, message, connection: this.#options.info }
    this.#options.onProblem(error === undefined ? problem : { ...problem, error })
  }
}
