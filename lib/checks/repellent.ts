/**
 * The spam repellent. The MTA greets only after CONNECT is answered, so withholding the answer holds back the
 * greeting. A mail server waits; a spam tool gives up, or talks before it was greeted. The latter is seen in the
 * kernel's receive queue of that very connection while we wait, since the MTA itself looks only at one moment.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config/schema.ts'
import { parseAddress } from '../net/ip.ts'
import { createQueueReader, type Peer, type QueueReader } from '../net/receive-queue.ts'
import { CLEAN, type Check, type CheckResult, type Context, type Session } from './check.ts'
import { choose, isExempt } from './choose.ts'
import { factsOf } from './facts.ts'

/** Milliseconds between two looks at the receive queue. */
const LOOK_EVERY = 250
const ROOM = 'repellent'

const queues = createQueueReader(() => performance.now())

export const repellent: Check<'connect'> = {
  name: 'repellent',
  stage: 'connect',
  after: ['client_lists', 'connections'],
  liveOnly: true,
  enabled: ({ repellent }) => repellent.delay > 0,
  patience: ({ repellent }) => repellent.delay,
  run: async (session, context) => hold(session, context, queues),
}

/** Lets the client wait unless it is spared or too many wait already; ends early when it talks. */
export async function hold(
  session: Session,
  { config, store, now, signal, results }: Context,
  reader: QueueReader,
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
    const early = await waitAndLook(peer, repellent, now, signal, reader)
    if (early === null) return { kind: 'hits', hits: [], facts: { greetedAt: now() } }
    return judge(early, repellent)
  } finally {
    store.sessions.leave(ROOM, session.id)
  }
}

/** What was found waiting: octets sent before the greeting, or null. */
async function waitAndLook(
  peer: Peer | null,
  { delay, tls_ports }: Config['repellent'],
  now: () => number,
  signal: AbortSignal,
  reader: QueueReader,
): Promise<number | null> {
  const end = now() + delay
  for (let left = delay; left > 0 && !signal.aborted; left = end - now()) {
    await sleep(Math.min(left, LOOK_EVERY), undefined, { signal }).catch(() => undefined)
    const waiting = peer === null ? null : await reader.waiting(peer)
    if (waiting === null) continue
    if (tls_ports.includes(waiting.localPort)) return null
    if (waiting.octets > 0) return waiting.octets
  }
  return null
}

function peerOf({ client, macros }: Session): Peer | null {
  const address = client.address === null ? null : parseAddress(client.address)
  if (address === null || client.port === 0) return null
  const port = Number(macros.get('{daemon_port}') ?? 0)
  return { address, port: client.port, localPort: port > 0 ? port : null }
}

export function judge(
  octets: number,
  { early_talker }: Pick<Config['repellent'], 'early_talker'>,
): CheckResult {
  return choose(
    early_talker,
    { name: 'EARLY_TALKER', detail: `${octets} octets sent before the greeting` },
    // RFC 5321 section 4.3.1: the client waits for the greeting.
    { text: 'You must wait for the greeting before sending', enhanced: '5.0' },
  )
}

export const fastHelo: Check<'helo'> = {
  name: 'fast_helo',
  stage: 'helo',
  liveOnly: true,
  enabled: ({ repellent }) => repellent.delay > 0,
  async run(_input, { config, now, results }) {
    const { greetedAt } = factsOf(results)
    return greetedAt === undefined ? CLEAN : judgeHelo(now() - greetedAt, config.repellent)
  },
}

/** A late clock only makes the gap look longer: what looks too fast was too fast. */
export function judgeHelo(
  milliseconds: number,
  { fast_helo, fastest_helo }: Pick<Config['repellent'], 'fast_helo' | 'fastest_helo'>,
): CheckResult {
  if (milliseconds >= fastest_helo) return CLEAN
  return choose(
    fast_helo,
    { name: 'HELO_TOO_FAST', detail: `${milliseconds} ms after the greeting` },
    { text: 'You did not wait for the greeting', enhanced: '5.0' },
  )
}
