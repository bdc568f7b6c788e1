/**
 * The spam repellent. The MTA greets only after CONNECT is answered, so withholding the answer holds back the
 * greeting. A mail server waits; a spam tool gives up, or talks before it was greeted. The kernel is asked while we
 * wait what has come in on that very connection: an MTA that reads early talk by itself (Postfix looks for pipelining
 * right after CONNECT) does not tell its filters.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config/schema.ts'
import { parseAddress } from '../net/ip.ts'
import {
  createConnectionReader,
  type ConnectionReader,
  type ConnectionState,
  type Peer,
} from '../net/connection-state.ts'
import { CLEAN, type Check, type CheckResult, type Context, type Session } from './check.ts'
import { choose, isExempt } from './choose.ts'
import { factsOf } from './facts.ts'
import { createUnseen } from './unseen.ts'

/** Milliseconds until the first look, which finds whoever talks at once, and between the later ones. */
const FIRST_LOOK = 250
const LOOK_EVERY = 1000
/** Milliseconds the last look may take beyond the delay. */
const LAST_LOOK = 2000
const ROOM = 'repellent'

const connections = createConnectionReader({ now: () => performance.now() })
const noteUnseen = createUnseen()

export const repellent: Check<'connect'> = {
  name: 'repellent',
  stage: 'connect',
  after: ['client_lists', 'connections'],
  liveOnly: true,
  enabled: ({ repellent }) => repellent.delay > 0,
  patience: ({ repellent }) => repellent.delay + LAST_LOOK,
  run: async (session, context) => hold(session, context, connections),
}

/** Lets the client wait unless it is spared or too many wait already; ends early when it talks. */
export async function hold(
  session: Session,
  { config, store, now, signal, results, alert }: Context,
  reader: ConnectionReader,
): Promise<CheckResult> {
  const { repellent } = config
  if (session.trusted || isExempt(session, repellent.exempt)) return CLEAN
  // Who is refused anyway need not occupy a process of the MTA.
  if ([...results.values()].some(({ kind }) => kind === 'refuse')) return CLEAN
  // Before the greeting there can be TLS only on a port that begins with it, whatever its number.
  if ((session.macros.get('{tls_version}') ?? '') !== '') return CLEAN
  const peer = peerOf(session)
  if (peer !== null && peer.localPort !== null && repellent.tls_ports.includes(peer.localPort)) return CLEAN
  try {
    if (store.sessions.enter(ROOM, session.id) > repellent.most_waiting) return CLEAN
    const seen = await waitAndLook(peer, repellent, now, signal, reader)
    if (!signal.aborted) noteUnseen(peer === null || seen !== null, alert)
    if (seen !== null && seen.octets > 0) return judge(seen.octets, repellent)
    const facts = { greetedAt: now(), roundTrip: seen?.roundTrip ?? null }
    return { kind: 'hits', hits: [], facts }
  } finally {
    store.sessions.leave(ROOM, session.id)
  }
}

/** The connection as it was seen last: at the end of the delay, or when the client began to talk. */
async function waitAndLook(
  peer: Peer | null,
  { delay, tls_ports }: Config['repellent'],
  now: () => number,
  signal: AbortSignal,
  reader: ConnectionReader,
): Promise<ConnectionState | null> {
  const end = now() + delay
  let seen: ConnectionState | null = null
  let pause = FIRST_LOOK
  for (let left = delay; left > 0 && !signal.aborted; left = end - now()) {
    await sleep(Math.min(left, pause), undefined, { signal }).catch(() => undefined)
    pause = LOOK_EVERY
    if (peer === null || signal.aborted) continue
    seen = (await reader.look(peer)) ?? seen
    if (seen === null) continue
    if (tls_ports.includes(seen.localPort)) return { ...seen, octets: 0 }
    if (seen.octets > 0) return seen
  }
  return seen
}

function peerOf({ client, macros }: Session): Peer | null {
  const address = client.address === null ? null : parseAddress(client.address)
  if (address === null || client.port === 0) return null
  const port = Number(macros.get('{daemon_port}') ?? 0)
  return { address, port: client.port, localPort: port > 0 ? port : null }
}

export function judge(
  octets: number,
  { early_talker, hang_up }: Pick<Config['repellent'], 'early_talker' | 'hang_up'>,
): CheckResult {
  const hit = { name: 'EARLY_TALKER', detail: `${octets} octets sent before the greeting` }
  // RFC 5321 section 4.3.1: the client waits for the greeting.
  const text = 'You must wait for the greeting before sending'
  if (early_talker === 'reject' && hang_up)
    return { kind: 'refuse', hit, reply: { code: 421, enhanced: '4.5.0', text } }
  return choose(early_talker, hit, { text, enhanced: '5.0' })
}

export const fastHelo: Check<'helo'> = {
  name: 'fast_helo',
  stage: 'helo',
  liveOnly: true,
  enabled: ({ repellent }) => repellent.delay > 0,
  async run(_input, { config, now, results }) {
    const { greetedAt, roundTrip } = factsOf(results)
    return greetedAt === undefined ? CLEAN : judgeHelo(now() - greetedAt, config.repellent, roundTrip ?? null)
  },
}

/** Milliseconds: of a longer round trip no more than this is believed, it may have been measured on a bad moment. */
const LONGEST_ROUND_TRIP = 400

/**
 * An answer to the greeting takes a round trip; half of the measured one leaves room for a path that got faster. A late
 * clock only makes the gap look longer: what looks too fast was too fast.
 */
export function judgeHelo(
  milliseconds: number,
  { fast_helo, fastest_helo }: Pick<Config['repellent'], 'fast_helo' | 'fastest_helo'>,
  roundTrip: number | null = null,
): CheckResult {
  const trip = Math.min(roundTrip ?? 0, LONGEST_ROUND_TRIP)
  if (milliseconds >= fastest_helo && milliseconds >= trip / 2) return CLEAN
  const distance = milliseconds >= fastest_helo ? `, round trip ${Math.round(trip)} ms` : ''
  return choose(
    fast_helo,
    { name: 'HELO_TOO_FAST', detail: `${milliseconds} ms after the greeting${distance}` },
    { text: 'You did not wait for the greeting', enhanced: '5.0' },
  )
}
