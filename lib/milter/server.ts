/**
 * The milter server: listeners, the cap on connections, and the graceful end.
 *
 * ```ts
 * const server = createMilterServer({ listen: ['inet:8893@127.0.0.1'], handler: () => ({ message }) })
 * await server.start()
 * ```
 */

import { createServer, type Server, type Socket } from 'node:net'
import { BodyMemory, type BodyMemoryOptions } from './body-memory.ts'
import { Connection, type TimeLimits } from './connection.ts'
import type { MilterFactory } from './handler.ts'
import { listen, resolveAddresses, type ListenAddress, type ListenSettings } from './listen.ts'
import { DEFAULT_MACROS, type MacroLists } from './negotiate.ts'
import type { Problem } from './problem.ts'
import type { MessageLimits } from './transaction.ts'
import { ACTION } from './wire.ts'

export interface MilterServerOptions extends Partial<MessageLimits>, Partial<TimeLimits> {
  /** Where to listen, see address.ts for the forms. */
  readonly listen: readonly string[]
  /** Makes the callbacks of one SMTP session. Replace what it closes over to reload. */
  readonly handler: MilterFactory
  /** Called for everything an administrator may want to read; must not throw. */
  readonly onProblem?: (problem: Problem) => void
  /** Connections at a time; one more is closed at once, and the MTA applies its default action. Default 1000. */
  readonly connections?: number
  /** Longest frame in octets, at least 65536. Default 1 MiB; Postfix sends a header of up to 100 KiB in one. */
  readonly frameOctets?: number
  /** Macros to ask for, stage by stage; a stage left out keeps the MTA's own list. Default DEFAULT_MACROS. */
  readonly macros?: MacroLists
  /** Actions without which a connection is refused with one line in the log. Default none. */
  readonly requiredActions?: readonly (keyof typeof ACTION)[]
  /** Mode of unix sockets whose address has none, such as 0o660; default: the umask decides. */
  readonly socketMode?: number | null
  /** Group of unix sockets whose address names none. */
  readonly socketGroup?: string | null
  /** Octets that all bodies together may take in memory, and where those go that find no room. Default: no limit. */
  readonly bodyMemory?: BodyMemoryOptions
  /** Default process.env: where systemd says which sockets it passed. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

export interface MilterServer {
  /**
   * Opens all listeners, or none.
   *
   * @throws ListenError saying in one sentence which socket cannot be had and why
   */
  start(): Promise<readonly ListenAddress[]>
  /**
   * Stops listening, closes idle connections, lets running transactions end, and cuts off what is left when the time
   * is over. Resolves when every connection is closed.
   *
   * @param graceMs how long transactions may take to end, in milliseconds
   */
  stop(graceMs: number): Promise<void>
  /** Open connections. */
  readonly connections: number
}

/** Default limits; each has an option of the same name. */
export const DEFAULT_LIMITS = {
  bodyOctets: 64 * 1024 * 1024,
  headerOctets: 1024 * 1024,
  headers: 10_000,
  recipients: 10_000,
  frameOctets: 1024 * 1024,
  connections: 1000,
  handshakeMs: 30_000,
  /** libmilter's default: two hours and ten seconds, as an SMTP client may take an hour for a command. */
  idleMs: 7_210_000,
  frameMs: 60_000,
  /** Below the 300 s that Postfix and Sendmail wait at the end of a message. */
  callbackMs: 270_000,
  progressMs: 8_000,
} as const

/** Makes a server; nothing is opened before `start`. */
export function createMilterServer(options: MilterServerOptions): MilterServer {
  return new ListeningServer(options)
}

class ListeningServer implements MilterServer {
  readonly #options: MilterServerOptions
  readonly #limits: MessageLimits & TimeLimits & { frameOctets: number; connections: number }
  readonly #servers: Server[] = []
  readonly #connections = new Set<Connection>()
  readonly #memory: BodyMemory | null
  #count = 0
  readonly #onEmpty: (() => void)[] = []

  constructor(options: MilterServerOptions) {
    this.#options = options
    this.#limits = { ...DEFAULT_LIMITS, ...defined(options) }
    this.#memory = options.bodyMemory === undefined ? null : new BodyMemory(options.bodyMemory)
    if (this.#limits.frameOctets < 65_536)
      throw new RangeError(`frameOctets is ${this.#limits.frameOctets}, a body chunk alone has 65536`)
  }

  get connections(): number {
    return this.#connections.size
  }

  async start(): Promise<readonly ListenAddress[]> {
    const settings: ListenSettings = {
      socketMode: this.#options.socketMode ?? null,
      socketGroup: this.#options.socketGroup ?? null,
      environment: this.#options.environment ?? process.env,
      pid: process.pid,
    }
    const bound: ListenAddress[] = []
    try {
      for (const address of resolveAddresses(this.#options.listen, settings)) {
        const server = createServer({ noDelay: true, keepAlive: true }, (socket) => this.#accept(socket))
        bound.push(await listen(server, address, settings))
        server.on('error', (error) => this.#problem('socket', error.message))
        this.#servers.push(server)
      }
    } catch (error) {
      this.#closeListeners()
      throw error
    }
    return bound
  }

  async stop(graceMs: number): Promise<void> {
    this.#closeListeners()
    for (const connection of this.#connections) connection.drain()
    if (this.#connections.size === 0) return
    const empty = new Promise<void>((resolve) => this.#onEmpty.push(resolve))
    const deadline = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy()
    }, graceMs)
    await empty
    clearTimeout(deadline)
  }

  #closeListeners(): void {
    for (const server of this.#servers.splice(0)) server.close()
  }

  #accept(socket: Socket): void {
    this.#count += 1
    const info = { id: this.#count, peer: peerOf(socket) }
    if (this.#connections.size >= this.#limits.connections) {
      socket.on('error', () => undefined)
      socket.destroy()
      const message = `refused: ${this.#limits.connections} connections are open already`
      this.#options.onProblem?.({ kind: 'connections', message, connection: info })
      return
    }
    const { frameOctets, ...limits } = this.#limits
    const connection: Connection = new Connection(socket, {
      info,
      factory: this.#options.handler,
      session: {
        limits,
        memory: this.#memory,
        negotiation: {
          macros: this.#options.macros ?? DEFAULT_MACROS,
          requiredActions: bitsOf(this.#options.requiredActions ?? []),
          answerBody: Number.isFinite(limits.bodyOctets),
        },
      },
      times: limits,
      frameOctets,
      onProblem: (problem) => this.#options.onProblem?.(problem),
      onClose: () => this.#forget(connection),
    })
    this.#connections.add(connection)
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection)
    if (this.#connections.size === 0) for (const resolve of this.#onEmpty.splice(0)) resolve()
  }

  #problem(kind: Problem['kind'], message: string): void {
    this.#options.onProblem?.({ kind, message, connection: null })
  }
}

/** An option given as undefined means its default. */
function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

function bitsOf(actions: readonly (keyof typeof ACTION)[]): number {
  return actions.reduce((bits, action) => bits | ACTION[action], 0)
}

function peerOf(socket: Socket): string {
  return socket.remoteAddress === undefined ? 'unix' : `${socket.remoteAddress}:${socket.remotePort ?? 0}`
}
