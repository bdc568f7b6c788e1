/**
 * How many octets of a client wait unread in the kernel, for a connection that is not ours but the MTA's: read from
 * /proc/net/tcp and tcp6, which show the receive queue of every connection of this host. What the MTA has read by
 * itself is not there any more, so this is the second choice, for hosts on which `socket-info.ts` gets no answer.
 */
import { readFile } from 'node:fs/promises'
import { endianness } from 'node:os'
import type { ConnectionState, Peer } from './connection-state.ts'
import type { Address } from './ip.ts'

export interface QueueReader {
  /** Null when the connection cannot be seen from here. */
  look(peer: Peer): Promise<ConnectionState | null>
}

type ReadTable = (path: string) => Promise<string>

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'] as const
/** Many sessions that wait at once share one look: a busy server's table takes milliseconds to write. */
const SHARED_FOR = 100

/** `now` in milliseconds; the table is read again when it is older than a tenth of a second. */
export function createQueueReader(
  now: () => number,
  read: ReadTable = (path) => readFile(path, 'latin1'),
): QueueReader {
  let taken = -Infinity
  let tables: Promise<readonly string[]> | null = null
  const current = () => {
    if (tables === null || now() - taken >= SHARED_FOR) {
      taken = now()
      tables = Promise.all(TABLES.map((path) => read(path).catch(() => '')))
    }
    return tables
  }
  return {
    async look(peer) {
      for (const table of await current()) {
        const found = find(table, peer)
        if (found !== null) return found
      }
      return null
    },
  }
}

const ESTABLISHED = '01'

/** `sl: local:port remote:port state tx:rx …`, numbers in hexadecimal. Exported for its table of tests. */
export function find(table: string, { address, port, localPort }: Peer): ConnectionState | null {
  for (const remote of spellings(address)) {
    const wanted = ` ${remote}:${port.toString(16).toUpperCase().padStart(4, '0')} ${ESTABLISHED} `
    for (let at = table.indexOf(wanted); at >= 0; at = table.indexOf(wanted, at + 1)) {
      const local = Number.parseInt(table.slice(at - 4, at), 16)
      const queues = table.slice(at + wanted.length, at + wanted.length + 17)
      const received = /^[0-9A-F]{8}:([0-9A-F]{8})$/.exec(queues)?.[1]
      if (received !== undefined && (localPort === null || local === localPort))
        return { octets: Number.parseInt(received, 16), localPort: local, roundTrip: null }
    }
  }
  return null
}

/** The kernel prints each 32-bit word in the byte order of the machine; IPv4 stands in tcp6 as ::ffff:a.b.c.d. */
function spellings(address: Address): readonly string[] {
  if (address.family === 6) return [words(address.value.toString(16).padStart(32, '0'))]
  const four = address.value.toString(16).padStart(8, '0')
  return [words(four), words(`${'0'.repeat(20)}ffff${four}`)]
}

function words(hex: string): string {
  const text = endianness() === 'LE' ? hex.replace(/(..)(..)(..)(..)/g, '$4$3$2$1') : hex
  return text.toUpperCase()
}
