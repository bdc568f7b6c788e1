/**
 * One name server and whether it answers at all. That a name gets no answer says nothing of the server: its own name
 * servers may be silent. So when questions stay open and nothing whatever has come from the server for a while, it is
 * asked for a sign of life: the root's name servers, which every resolver knows, and a question that it answered
 * before. Without one it is taken for dead: whoever waits and whoever asks is told so at once, in all threads, and only
 * signs of life go on being asked for. Anything that comes from it, a refusal too, ends that.
 */
import { Resolver } from 'node:dns/promises'
import { codeOf } from '../fault.ts'
import { commonClock, type Circuit } from './circuits.ts'

/** Records that a question asks for. */
export interface Records<T> {
  readonly records: readonly T[]
  /** Seconds; absent where node does not tell. */
  readonly ttl?: number
}
export type Ask<T> = (resolver: Resolver, name: string) => Promise<Records<T>>

export interface NameServerOptions {
  /** `address` or `address:port` */
  readonly address: string
  /** Milliseconds for one question, with its repetitions. */
  readonly timeout: number
  /** Shared with all who ask this server; absent: it is never taken for dead. */
  readonly circuit?: Circuit
  readonly now?: () => number
  /** Told when it is taken for dead and when it is back, as far as this thread notices. */
  readonly changed?: (dead: boolean) => void
}

export interface NameServer {
  readonly address: string
  /** Whether it is taken for dead. */
  dead(): boolean
  /** Rejects with an error that has c-ares' code; `EDEAD` when the server is taken for dead. */
  ask<T>(ask: Ask<T>, name: string): Promise<Records<T>>
  close(): void
}

/** Milliseconds between two looks at what is open. Time is counted in looks: a thread that was held up heard nothing. */
const LOOK = 100
/** Looks without anything from the server until it is asked for a sign of life. */
const SUSPECT = 8
/** Looks that it has to give one. */
const LIFE = 12
/** Its repetitions come after this many milliseconds, and twice as many. */
const LIFE_TIMEOUT = 350
/** Milliseconds between two signs of life that a dead server is asked for. */
const TRY_AGAIN = 1000
const TRY_PATIENCE = 3000
/** How often a question is sent: a lost packet is no dead server. */
const TRIES = 3
/** The repetitions come after one, two and four parts of the time. */
const PARTS = 7

/** Codes of what a server answered; every other means that nothing came, or that we gave up. */
const ANSWERS: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'ENODATA',
  'ESERVFAIL',
  'EREFUSED',
  'EFORMERR',
  'ENOTIMP',
  'EBADRESP',
])

interface Open {
  looks: number
  readonly fail: (error: Error) => void
}

export const createNameServer = (options: NameServerOptions): NameServer => new WatchedServer(options)

class WatchedServer implements NameServer {
  readonly address: string
  readonly #options: NameServerOptions
  readonly #now: () => number
  readonly #channel: Resolver
  readonly #open = new Set<Open>()
  /** Looks since something last came, while questions were open. */
  #quiet = 0
  /** Looks since it was asked for a sign of life; null when it was not. */
  #life: number | null = null
  /** A question that it answered. */
  #answered: (() => Promise<unknown>) | null = null
  /** A question has ended without an answer since something last came. */
  #lost = false
  #watch: NodeJS.Timeout | null = null
  #saidDead = false
  #closed = false

  constructor(options: NameServerOptions) {
    this.#options = options
    this.address = options.address
    this.#now = options.now ?? commonClock
    this.#channel = this.#newChannel(options.timeout / PARTS)
  }

  dead(): boolean {
    const { circuit } = this.#options
    const dead = circuit !== undefined && circuit.failures > 0
    if (dead !== this.#saidDead) {
      this.#saidDead = dead
      this.#options.changed?.(dead)
    }
    return dead
  }

  ask<T>(ask: Ask<T>, name: string): Promise<Records<T>> {
    if (this.#closed) return Promise.reject(coded('ECANCELLED'))
    if (this.dead()) {
      // who asks does not wait for it, but the question is as good a try as any
      this.#tryAgain(() => ask(this.#newChannel(LIFE_TIMEOUT), name))
      this.#startWatching()
      return Promise.reject(coded('EDEAD'))
    }
    return new Promise((resolve, reject) => {
      const open: Open = { looks: 0, fail: reject }
      this.#open.add(open)
      this.#startWatching()
      this.#send(ask, name)
        .finally(() => this.#open.delete(open))
        .then(
          (records) => {
            this.#heard(() => ask(this.#newChannel(LIFE_TIMEOUT), name))
            resolve(records)
          },
          (error: unknown) => {
            if (ANSWERS.has(codeOf(error))) this.#heard()
            else this.#lost = true
            reject(coded(codeOf(error) || 'EUNKNOWN'))
          },
        )
    })
  }

  close(): void {
    this.#closed = true
    this.#stopWatching()
    this.#channel.cancel()
    for (const { fail } of this.#open) fail(coded('ECANCELLED'))
    this.#open.clear()
  }

  /**
   * One malformed packet makes c-ares give up every question on its way to that server. Each that was is asked once
   * more by a channel of its own, so that nobody's rubbish costs the others their answers.
   */
  async #send<T>(ask: Ask<T>, name: string): Promise<Records<T>> {
    try {
      return await ask(this.#channel, name)
    } catch (error) {
      if (this.#closed || codeOf(error) !== 'EBADRESP') throw error
      return ask(this.#newChannel(this.#options.timeout / PARTS), name)
    }
  }

  #newChannel(timeout: number): Resolver {
    const channel = new Resolver({ timeout: Math.max(50, Math.floor(timeout)), tries: TRIES })
    channel.setServers([this.address])
    return channel
  }

  /** Something came from the server. */
  #heard(question?: () => Promise<unknown>): void {
    this.#quiet = 0
    this.#life = null
    this.#lost = false
    if (question !== undefined) this.#answered = question
    this.#options.circuit?.succeeded(this.#now())
    if (this.#saidDead) this.dead()
  }

  #startWatching(): void {
    if (this.#options.circuit === undefined || this.#watch !== null || this.#closed) return
    this.#watch = setInterval(() => this.#look(), LOOK)
    // the questions themselves keep the process alive
    this.#watch.unref()
  }

  #stopWatching(): void {
    if (this.#watch !== null) clearInterval(this.#watch)
    this.#watch = null
    this.#quiet = 0
    this.#life = null
  }

  #look(): void {
    if (this.dead()) {
      this.#failAll()
      return this.#tryAgain()
    }
    if (this.#open.size === 0 && !this.#lost) return this.#stopWatching()
    this.#quiet++
    let oldest = 0
    for (const open of this.#open) oldest = Math.max(oldest, ++open.looks)
    const { circuit } = this.#options
    if (this.#life !== null) {
      if (++this.#life < LIFE) return
      this.#life = null
      circuit?.failed(this.#now() + TRY_AGAIN)
      this.dead()
      return this.#failAll()
    }
    // what another thread heard counts as well
    const heard = (circuit?.answered ?? 0) > this.#now() - SUSPECT * LOOK
    if ((oldest < SUSPECT && !this.#lost) || this.#quiet < SUSPECT || heard) return
    this.#life = 0
    this.#askForLife()
  }

  #failAll(): void {
    this.#life = null
    for (const { fail } of this.#open) fail(coded('EDEAD'))
    this.#open.clear()
  }

  /** While it is dead one thread at a time asks it, once a second. */
  #tryAgain(question?: () => Promise<unknown>): void {
    const { circuit } = this.#options
    const now = this.#now()
    if (circuit === undefined || !circuit.claimsTry(now, TRY_PATIENCE)) return
    circuit.failed(now + TRY_AGAIN)
    this.#askForLife(question)
  }

  /** Asks for the root's name servers, for what it answered before, and for what somebody wants to know anyway. */
  #askForLife(question?: () => Promise<unknown>): void {
    const root = () => this.#newChannel(LIFE_TIMEOUT).resolveNs('.')
    for (const ask of [root, this.#answered, question])
      void ask?.().then(
        () => this.#heard(),
        (error: unknown) => {
          if (ANSWERS.has(codeOf(error))) this.#heard()
        },
      )
  }
}

const coded = (code: string): Error => Object.assign(new Error(code), { code })
