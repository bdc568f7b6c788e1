/**
 * Tries at start whether the repellent can see what the MTA has read already, on a connection of this process to
 * itself: a unit that forbids netlink, or a host without iproute2, is said in the journal instead of found out by spam.
 */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { messageOf } from '../fault.ts'
import type { Log } from '../log.ts'
import { whyBlind } from '../net/connection-state.ts'
import type { AskSockets } from '../net/ss.ts'

const WORDS = 'HELO localhost\r\n'
/** Milliseconds for a connection over loopback. */
const PATIENCE = 5000

export async function reportRepellentSight(
  delay: number,
  log: Pick<Log, 'warn'>,
  ask?: AskSockets,
): Promise<void> {
  if (delay === 0) return
  const reason = await tryOnOurselves(ask).catch(messageOf)
  if (reason !== null)
    log.warn(
      `repellent: ${reason}; clients whose early talk the MTA reads by itself are not found (only what waits unread)`,
    )
}

async function tryOnOurselves(ask?: AskSockets): Promise<string | null> {
  const accepted: Socket[] = []
  const server = createServer((socket) => void accepted.push(socket))
  const signal = AbortSignal.timeout(PATIENCE)
  let client: Socket | undefined
  try {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening', { signal })
    const { port: listening } = server.address() as AddressInfo
    const arrival = once(server, 'connection', { signal })
    client = connect(listening, '127.0.0.1')
    client.on('error', () => undefined)
    await Promise.all([arrival, once(client, 'connect', { signal })])
    const port = client.localPort
    const [socket] = accepted
    if (socket === undefined || port === undefined) return 'no connection over loopback'
    client.write(WORDS)
    await once(socket, 'data', { signal })
    return await whyBlind({ port, octets: WORDS.length }, ask)
  } finally {
    client?.destroy()
    for (const socket of accepted) socket.destroy()
    server.close()
  }
}
