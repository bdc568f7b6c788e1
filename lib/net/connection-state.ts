/**
 * What a client has sent on a connection that is not ours but the MTA's, and how far away it is. Asked of the kernel
 * through `ss` for all clients that wait, at most a few times a second; where that gets no answer, from the receive
 * queue alone. Where the MTA runs elsewhere (another host, another network namespace) nothing is found or claimed.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../fault.ts'
import type { Address } from './ip.ts'
import { createQueueReader, type QueueReader } from './receive-queue.ts'
import { findSocket, parseSockets, type Socket } from './socket-info.ts'
import { askSockets, type AskSockets } from './ss.ts'

export interface Peer {
  readonly address: Address
  readonly port: number
  /** Port the client connected to; null when the MTA does not say. */
  readonly localPort: number | null
}

export interface ConnectionState {
  /** Octets the client has sent, as far as they can be seen. */
  readonly octets: number
  readonly localPort: number
  /** Milliseconds; null where the kernel does not say. */
  readonly roundTrip: number | null
}

export interface ConnectionReader {
  /** Null when the connection cannot be seen from here. */
  look(peer: Peer): Promise<ConnectionState | null>
}

export interface ReaderOptions {
  /** Milliseconds, of a clock that only goes forward. */
  readonly now: () => number
  readonly ask?: AskSockets
  readonly queues?: QueueReader
  readonly wait?: (milliseconds: number) => Promise<unknown>
}

/** Milliseconds between two rounds of questions: each starts a process of some 5 ms of CPU. */
const SPACING = 250
/** Milliseconds for which the queues are read after `ss` could not be run. */
const REST = 60_000

interface Question {
  readonly peer: Peer
  readonly answer: (state: ConnectionState | null) => void
}

export function createConnectionReader({
  now,
  ask = askSockets,
  queues = createQueueReader(now),
  wait = sleep,
}: ReaderOptions): ConnectionReader {
  let waiting: Question[] = []
  let running = false
  let last = -Infinity
  let failedAt = -Infinity

  /** What comes while one round runs is asked in the next. */
  async function rounds(): Promise<void> {
    running = true
    while (waiting.length > 0) {
      const pause = last + SPACING - now()
      if (pause > 0) await wait(pause)
      last = now()
      const round = waiting
      waiting = []
      const sockets = now() - failedAt < REST ? null : await socketsOf(round)
      for (const { peer, answer } of round) answer(await stateOf(sockets, peer))
    }
    running = false
  }

  async function socketsOf(round: readonly Question[]): Promise<readonly Socket[] | null> {
    try {
      return parseSockets(await ask([...new Set(round.map(({ peer }) => peer.port))]))
    } catch {
      failedAt = now()
      return null
    }
  }

  async function stateOf(sockets: readonly Socket[] | null, peer: Peer): Promise<ConnectionState | null> {
    if (sockets === null) return queues.look(peer).catch(() => null)
    const found = findSocket(sockets, peer)
    return found === null
      ? null
      : { octets: found.octets, localPort: found.localPort, roundTrip: found.roundTrip }
  }

  return {
    look: (peer) =>
      new Promise((answer) => {
        waiting.push({ peer, answer })
        if (!running) void rounds()
      }),
  }
}

/**
 * Why what the MTA has read already cannot be seen from here, or null when it can: looks at a connection to this
 * process itself, whose octets have been read.
 */
export async function whyBlind(
  connection: Pick<Peer, 'port'> & { readonly octets: number },
  ask: AskSockets = askSockets,
): Promise<string | null> {
  try {
    const found = parseSockets(await ask([connection.port])).find(
      ({ remote }) => remote.port === connection.port,
    )
    if (found === undefined) return 'ss does not show connections of this host'
    if (!found.whole) return 'ss may not ask the kernel (netlink), it shows only what waits unread'
    return found.octets >= connection.octets
      ? null
      : 'the kernel does not say how much a connection has received'
  } catch (error) {
    return messageOf(error)
  }
}
