/**
 * A name server on loopback that misbehaves to order: slow, silent, SERVFAIL, truncated, with a wrong id, with rubbish.
 * It speaks just enough DNS (RFC 1035) over UDP and TCP for node's resolver.
 */
import { createSocket, type Socket } from 'node:dgram'
import { createServer, type Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Behaviour {
  /** Addresses (A questions) or texts (TXT questions) to answer with; none: NXDOMAIN. */
  readonly records?: readonly string[]
  readonly ttl?: number
  /** 2 = SERVFAIL, 3 = NXDOMAIN, 5 = REFUSED. */
  readonly code?: number
  readonly delay?: number
  readonly silent?: boolean
  /** Over UDP only the flag TC, the records over TCP. */
  readonly truncated?: boolean
  readonly wrongId?: boolean
  readonly rubbish?: boolean
}

export interface FakeNameServer {
  /** address:port, as the configuration takes it. */
  readonly address: string
  /** Names as they were asked, one entry a packet, `tcp ` in front where TCP was used. */
  readonly asked: readonly string[]
  stop(): Promise<void>
}

const TYPES: Readonly<Record<number, 'a' | 'txt' | 'other'>> = { 1: 'a', 16: 'txt' }

export async function startDnsServer(behave: (name: string) => Behaviour): Promise<FakeNameServer> {
  const asked: string[] = []
  const tcp: Server = createServer()
  const udp = await bindBoth(tcp)
  const reply = async (packet: Buffer, tcp: boolean): Promise<Buffer | null> => {
    const { name, type, end } = question(packet)
    asked.push(`${tcp ? 'tcp ' : ''}${name}`)
    const behaviour = behave(name)
    if (behaviour.delay !== undefined) await sleep(behaviour.delay)
    if (behaviour.silent) return null
    if (behaviour.rubbish) return Buffer.concat([packet.subarray(0, 2), Buffer.from('rubbish')])
    return answer(packet.subarray(0, end), type, behaviour, tcp)
  }
  let closed = false
  udp.on('message', (packet, peer) => {
    void reply(packet, false).then((bytes) => {
      // an answer that was held back may come due when the test is over
      if (bytes && !closed) udp.send(bytes, peer.port, peer.address)
    })
  })
  tcp.on('connection', (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      void reply(data.subarray(2), true).then((bytes) => {
        if (bytes === null) return
        const length = Buffer.alloc(2)
        length.writeUInt16BE(bytes.length)
        socket.write(Buffer.concat([length, bytes]))
      })
    })
  })
  return {
    address: `127.0.0.1:${(tcp.address() as AddressInfo).port}`,
    asked,
    async stop() {
      closed = true
      udp.close()
      await new Promise<void>((resolve) => void tcp.close(() => resolve()))
    },
  }
}

/** One port for both, which may be taken for one of them: then another. */
async function bindBoth(tcp: Server): Promise<Socket> {
  for (;;) {
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve))
    const { port } = tcp.address() as AddressInfo
    const udp = createSocket('udp4')
    const free = await new Promise<boolean>((resolve) => {
      udp.once('error', () => resolve(false))
      udp.bind(port, '127.0.0.1', () => resolve(true))
    })
    if (free) return udp.removeAllListeners('error')
    udp.close()
    await new Promise<void>((resolve) => void tcp.close(() => resolve()))
  }
}

function question(packet: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = packet[at]!; length > 0; length = packet[at]!) {
    labels.push(packet.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  return { name: labels.join('.').toLowerCase(), type: packet.readUInt16BE(at + 1), end: at + 5 }
}

function answer(
  asked: Buffer,
  type: number,
  { records = [], ttl = 60, code, ...how }: Behaviour,
  tcp: boolean,
): Buffer {
  const cut = how.truncated === true && !tcp
  const kind = TYPES[type] ?? 'other'
  const given =
    cut || kind === 'other' ? [] : records.filter((record) => (kind === 'a') === isAddress(record))
  const head = Buffer.from(asked)
  if (how.wrongId) head.writeUInt16BE((head.readUInt16BE(0) + 1) & 0xffff, 0)
  const rcode = code ?? (records.length === 0 ? 3 : 0)
  head.writeUInt16BE(0x8180 | (cut ? 0x0200 : 0) | rcode, 2)
  head.writeUInt16BE(given.length, 6)
  head.writeUInt32BE(0, 8)
  return Buffer.concat([head, ...given.map((record) => resource(record, type, ttl))])
}

function resource(record: string, type: number, ttl: number): Buffer {
  const data = isAddress(record)
    ? Buffer.from(record.split('.').map(Number))
    : Buffer.concat([Buffer.from([record.length]), Buffer.from(record, 'latin1')])
  const head = Buffer.alloc(12)
  // The name is a pointer to the one in the question.
  head.writeUInt16BE(0xc00c, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(ttl, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

function isAddress(record: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(record)
}
