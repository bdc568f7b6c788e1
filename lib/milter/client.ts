/**
 * The MTA's side of the protocol: for tests, benchmarks and health checks.
 *
 * It behaves as Postfix does: macros go before each command, what was negotiated away is not sent, no reply is read
 * where none was promised, and progress frames are taken at any time. Raw frames can be sent to see what a server
 * makes of them.
 */

import { connect as connectSocket, type Socket } from 'node:net'
import { parseSocketAddress, type SocketAddress } from './address.ts'
import {
  decodeAnswer,
  decodeOffered,
  encodeClient,
  encodeMacros,
  encodeOffer,
  encodePath,
  encodeStrings,
  type MilterReply,
  type Offered,
} from './answer.ts'
import { encodeFrame, FrameDecoder, type Frame } from './frame.ts'
import type { Client, Edit } from './handler.ts'
import {
  ALL_ACTIONS,
  ALL_STEPS,
  COMMAND,
  LARGEST_ANSWER,
  NEWEST_VERSION,
  ProtocolError,
  STEP,
} from './wire.ts'

/** Macros by name, with braces where they have any. */
export type MacroValues = Readonly<Record<string, string>>

/** What came of the end of a message. */
export interface EndOfMessage {
  readonly reply: MilterReply
  readonly edits: readonly Edit[]
  /** Progress frames that came before the reply. */
  readonly progress: number
}

export interface ClientOptions {
  /** How long to wait for an answer, in milliseconds. Default 30 000. */
  readonly timeoutMs?: number
}

const DEFAULT_TIMEOUT_MS = 30_000
const LONGEST_FRAME = 64 * 1024 * 1024
const UNASKED: MilterReply = { kind: 'unasked' }

/** One milter connection. Commands are to be sent one after the other: each method waits for its answer. */
export class MilterClient {
  readonly #socket: Socket
  readonly #timeoutMs: number
  readonly #decoder = new FrameDecoder(LONGEST_FRAME)
  #wake: (() => void) | null = null
  #ended: Error | null = null
  #offered: Offered | null = null
  #skipBody = false

  private constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket
    this.#timeoutMs = timeoutMs
    socket.on('data', (chunk: Buffer) => {
      this.#decoder.push(chunk)
      this.#wake?.()
    })
    socket.on('error', (error) => this.#end(error))
    socket.on('close', () => this.#end(new Error('the milter closed the connection')))
  }

  /**
   * Connects to a milter.
   *
   * @param address as for listening: `inet:8893@127.0.0.1`, `inet:127.0.0.1:8893`, `unix:/run/x.sock`
   * @throws Error when nobody answers within the time-out
   */
  static async connect(address: string, options: ClientOptions = {}): Promise<MilterClient> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
    const socket = await dial(parseSocketAddress(address), timeoutMs)
    return new MilterClient(socket, timeoutMs)
  }

  /** What the milter answered to the negotiation; null before. */
  get offered(): Offered | null {
    return this.#offered
  }

  /** True when the milter has closed the connection. */
  get closed(): boolean {
    return this.#ended !== null
  }

  /** Offers all of version 6 unless told otherwise. */
  async negotiate(
    version: number = NEWEST_VERSION,
    actions: number = ALL_ACTIONS,
    steps: number = ALL_STEPS,
  ): Promise<Offered> {
    this.#socket.write(encodeOffer(version, actions, steps))
    this.#offered = decodeOffered(await this.readFrame())
    return this.#offered
  }

  connect(client: Client, macros: MacroValues = {}): Promise<MilterReply> {
    return this.#event(COMMAND.connect, macros, STEP.noConnect, STEP.noReplyConnect, encodeClient(client))
  }

  helo(name: string, macros: MacroValues = {}): Promise<MilterReply> {
    const frame = encodeStrings(COMMAND.helo, name)
    return this.#event(COMMAND.helo, macros, STEP.noHelo, STEP.noReplyHelo, frame)
  }

  /** @param address without angle brackets, '' is the null sender */
  mail(address: string, macros: MacroValues = {}, parameters: readonly string[] = []): Promise<MilterReply> {
    this.#skipBody = false
    const frame = encodePath(COMMAND.mail, { address, parameters })
    return this.#event(COMMAND.mail, macros, STEP.noMail, STEP.noReplyMail, frame)
  }

  rcpt(address: string, macros: MacroValues = {}, parameters: readonly string[] = []): Promise<MilterReply> {
    const frame = encodePath(COMMAND.recipient, { address, parameters })
    return this.#event(COMMAND.recipient, macros, STEP.noRecipient, STEP.noReplyRecipient, frame)
  }

  /** A recipient that the MTA itself has refused; sent only where that was negotiated. */
  async rejectedRcpt(address: string, status: string, reason: string): Promise<MilterReply> {
    if (!this.#agreed(STEP.rejectedRecipients)) return UNASKED
    return await this.rcpt(address, {
      '{rcpt_mailer}': 'error',
      '{rcpt_host}': status,
      '{rcpt_addr}': reason,
    })
  }

  data(macros: MacroValues = {}): Promise<MilterReply> {
    return this.#event(COMMAND.data, macros, STEP.noData, STEP.noReplyData, encodeFrame(COMMAND.data))
  }

  /** An SMTP command that the MTA does not know. */
  unknown(line: string, macros: MacroValues = {}): Promise<MilterReply> {
    const frame = encodeStrings(COMMAND.unknown, line)
    return this.#event(COMMAND.unknown, macros, STEP.noUnknown, STEP.noReplyUnknown, frame)
  }

  /** @param value everything after the colon; a leading space is removed unless it was agreed to keep it */
  header(name: string, value: string, macros: MacroValues = {}): Promise<MilterReply> {
    const sent = !this.#agreed(STEP.leadingSpace) && value.startsWith(' ') ? value.slice(1) : value
    const frame = encodeStrings(COMMAND.header, name, sent)
    return this.#event(COMMAND.header, macros, STEP.noHeaders, STEP.noReplyHeader, frame)
  }

  eoh(macros: MacroValues = {}): Promise<MilterReply> {
    const frame = encodeFrame(COMMAND.endOfHeaders)
    return this.#event(COMMAND.endOfHeaders, macros, STEP.noEndOfHeaders, STEP.noReplyEndOfHeaders, frame)
  }

  /** The whole body, or a part of it, in chunks of 65535 octets; stops at the first answer but continue. */
  async body(body: Uint8Array | string, macros: MacroValues = {}): Promise<MilterReply> {
    const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body
    let reply: MilterReply = UNASKED
    for (let start = 0; start < bytes.length && !this.#skipBody; start += LARGEST_ANSWER) {
      const frame = encodeFrame(COMMAND.body, bytes.subarray(start, start + LARGEST_ANSWER))
      reply = await this.#event(COMMAND.body, macros, STEP.noBody, STEP.noReplyBody, frame)
      if (reply.kind === 'skip') this.#skipBody = true
      else if (reply.kind !== 'continue' && reply.kind !== 'unasked') break
    }
    return reply
  }

  /** The end of the message: the reply and the edits that came before it. */
  async eom(macros: MacroValues = {}): Promise<EndOfMessage> {
    this.#socket.write(
      Buffer.concat([encodeMacros(COMMAND.endOfMessage, macros), encodeFrame(COMMAND.endOfMessage)]),
    )
    return await this.readAnswer()
  }

  abort(): void {
    this.#socket.write(encodeFrame(COMMAND.abort))
  }

  /** This SMTP session is over, the next one follows on the same connection, beginning with `connect`. */
  quitNewConnection(): void {
    this.#socket.write(encodeFrame(COMMAND.quitNewConnection))
  }

  /** Says goodbye and closes. */
  async quit(): Promise<void> {
    if (!this.closed) this.#socket.end(encodeFrame(COMMAND.quit))
    await this.waitClosed()
  }

  /** Closes without a word, as an MTA does on a time-out. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Any octets at all. */
  sendRaw(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** The macros and the frame of a command in one write, with no answer awaited. */
  sendFrame(command: number, ...parts: readonly Uint8Array[]): void {
    this.#socket.write(encodeFrame(command, ...parts))
  }

  /** The next frame of the milter. @throws Error when the connection ends or nothing comes within the time-out */
  async readFrame(): Promise<Frame> {
    for (;;) {
      const frame = this.#decoder.next()
      if (frame !== null) return frame
      if (this.#ended !== null) throw this.#ended
      await this.#moreInput()
    }
  }

  /** Everything up to and with the next reply. */
  async readAnswer(): Promise<EndOfMessage> {
    const edits: Edit[] = []
    let progress = 0
    for (;;) {
      const answer = decodeAnswer(await this.readFrame())
      if (answer.kind === 'final') return { reply: answer.reply, edits: joinBodies(edits), progress }
      if (answer.kind === 'edit') edits.push(answer.edit)
      else progress += 1
    }
  }

  /** Resolves when the milter has closed. @throws Error after the time-out */
  async waitClosed(): Promise<void> {
    while (this.#ended === null) await this.#moreInput()
  }

  async #event(
    command: number,
    macros: MacroValues,
    notSent: number,
    noReply: number,
    frame: Buffer,
  ): Promise<MilterReply> {
    const lead = encodeMacros(command, macros)
    // Postfix sends the macros even where the command itself was negotiated away.
    this.#socket.write(this.#agreed(notSent) ? lead : Buffer.concat([lead, frame]))
    if (this.#agreed(notSent) || this.#agreed(noReply)) return UNASKED
    const { reply, edits } = await this.readAnswer()
    if (edits.length > 0) throw new ProtocolError('wrong-order', 'an edit before the end of the message')
    return reply
  }

  #agreed(step: number): boolean {
    return ((this.#offered?.steps ?? 0) & step) !== 0
  }

  #end(reason: Error): void {
    this.#ended ??= reason
    this.#wake?.()
  }

  async #moreInput(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(
      () => reject(new Error(`the milter did not answer within ${this.#timeoutMs} ms`)),
      this.#timeoutMs,
    )
    this.#wake = resolve
    try {
      await promise
    } finally {
      clearTimeout(timer)
      this.#wake = null
    }
  }
}

/** A replaced body comes in chunks; they are one edit. */
function joinBodies(edits: readonly Edit[]): Edit[] {
  const bodies = edits.flatMap((edit) => (edit.kind === 'replaceBody' ? [edit.body] : []))
  if (bodies.length < 2) return [...edits]
  const joined: Edit = { kind: 'replaceBody', body: Buffer.concat(bodies) }
  return [...edits.filter(({ kind }) => kind !== 'replaceBody'), joined]
}

function dial(address: SocketAddress, timeoutMs: number): Promise<Socket> {
  if (address.kind === 'systemd' || address.kind === 'fd')
    throw new TypeError(`${address.kind} is for listening only`)
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket =
    address.kind === 'unix'
      ? connectSocket({ path: address.path })
      : connectSocket({ host: address.host, port: address.port, family: address.family, noDelay: true })
  const timer = setTimeout(() => {
    socket.destroy(new Error(`no connection within ${timeoutMs} ms`))
  }, timeoutMs)
  socket.once('error', (error) => {
    clearTimeout(timer)
    reject(error)
  })
  socket.once('connect', () => {
    clearTimeout(timer)
    socket.removeAllListeners('error')
    resolve(socket)
  })
  return promise
}
