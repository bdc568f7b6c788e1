import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { afterAll, describe, expect, it } from '@jest/globals'
import { describeWith } from '../servers/support/describe-with.ts'
import { createConnectionReader, whyBlind } from '../../lib/net/connection-state.ts'
import { parseAddress } from '../../lib/net/ip.ts'
import { createSocketAsker } from '../../lib/net/ss.ts'
import { findSocket, parseSockets } from '../../lib/net/socket-info.ts'

const peerOf = (address: string, port: number, localPort: number | null = null) => ({
  address: parseAddress(address)!,
  port,
  localPort,
})

const INFO =
  'bbr wscale:10,10 rto:200 rtt:40.5/20 mss:1448 rcvmss:536 cwnd:10 segs_in:2 delivered:1 minrtt:40.1'
const TALKED = INFO.replace('segs_in:2', 'bytes_received:21 segs_out:1 segs_in:3')
const ONE_LINE = `ESTAB 0      0      192.0.2.1:25   198.51.100.7:40001  ${TALKED}`
const TABLE: readonly (readonly [string, string, ReturnType<typeof peerOf>, unknown])[] = [
  [
    'who is silent',
    `ESTAB 0 0 192.0.2.1:25 198.51.100.7:40001 \n\t ${INFO}`,
    peerOf('198.51.100.7', 40_001),
    0,
  ],
  [
    'who talked, and was read',
    `ESTAB 0 0 192.0.2.1:25 198.51.100.7:40001 \n\t ${TALKED}`,
    peerOf('198.51.100.7', 40_001),
    21,
  ],
  ['all in one line', ONE_LINE, peerOf('198.51.100.7', 40_001), 21],
  ['another port', ONE_LINE, peerOf('198.51.100.7', 40_002), null],
  ['another client', ONE_LINE, peerOf('198.51.100.8', 40_001), null],
  ['another service', ONE_LINE, peerOf('198.51.100.7', 40_001, 587), null],
  [
    'a dual-stack socket',
    ONE_LINE.replace('198.51.100.7', '[::ffff:198.51.100.7]'),
    peerOf('198.51.100.7', 40_001),
    21,
  ],
  ['IPv6', ONE_LINE.replace('198.51.100.7', '[2001:db8::7]'), peerOf('2001:db8::7', 40_001), 21],
  ['an interface', ONE_LINE.replace('198.51.100.7', '[fe80::7%eth0]'), peerOf('fe80::7', 40_001), 21],
  [
    'who hung up without a word',
    ONE_LINE.replace('ESTAB 0 ', 'CLOSE-WAIT 1 ').replace('received:21', 'received:1'),
    peerOf('198.51.100.7', 40_001),
    0,
  ],
  ['who talked and hung up', ONE_LINE.replace('ESTAB', 'CLOSE-WAIT'), peerOf('198.51.100.7', 40_001), 20],
  ['only what waits unread', 'ESTAB 9 0 192.0.2.1:25 198.51.100.7:40001', peerOf('198.51.100.7', 40_001), 9],
  ['nothing', '', peerOf('198.51.100.7', 40_001), null],
  ['rubbish', 'Error: x\n\t:\n a b c d e\nESTAB x y :: ::', peerOf('198.51.100.7', 40_001), null],
]

it.each(TABLE)('what ss prints: %s', (_, text, peer, octets) => {
  expect(findSocket(parseSockets(text), peer)?.octets ?? null).toBe(octets)
})

it('the shortest round trip is read, where there is one', () => {
  const [far, unknown] = parseSockets(`${ONE_LINE}\nESTAB 0 0 192.0.2.1:25 198.51.100.7:40002`)
  expect([far?.roundTrip, unknown?.roundTrip, far?.whole, unknown?.whole]).toEqual([40.1, null, true, false])
})

function stepping() {
  let time = 0
  const asked: (readonly number[])[] = []
  return {
    asked,
    now: () => time,
    wait: async (milliseconds: number) => void (time += milliseconds),
    queues: { look: async () => ({ octets: 5, localPort: 25, roundTrip: null }) },
    pass: (milliseconds: number) => void (time += milliseconds),
  }
}

it('many that wait share one question, and questions keep a distance', async () => {
  const clock = stepping()
  const times: number[] = []
  const reader = createConnectionReader({
    ...clock,
    ask: async (ports) => {
      times.push(clock.now())
      clock.asked.push(ports)
      return ONE_LINE
    },
  })
  const first = await Promise.all([1, 2, 2].map(() => reader.look(peerOf('198.51.100.7', 40_001))))
  await Promise.all(Array.from({ length: 50 }, (_, at) => reader.look(peerOf('198.51.100.8', 41_000 + at))))
  expect(first.map((state) => state?.octets)).toEqual([21, 21, 21])
  expect(clock.asked.flat().length).toBeLessThanOrEqual(52)
  expect(clock.asked.length).toBeLessThanOrEqual(4)
  expect(times.slice(1).every((time, at) => time - (times[at] ?? 0) >= 250)).toBe(true)
})

it('where ss cannot be run the queue is read, and ss is tried again a minute later', async () => {
  const clock = stepping()
  let works = false
  const reader = createConnectionReader({
    ...clock,
    ask: async (ports) => {
      clock.asked.push(ports)
      if (!works) throw new Error('ss (iproute2) is not installed')
      return ONE_LINE
    },
  })
  const look = async () => (await reader.look(peerOf('198.51.100.7', 40_001)))?.octets
  expect([await look(), await look(), await look()]).toEqual([5, 5, 5])
  expect(clock.asked).toHaveLength(1)
  works = true
  clock.pass(61_000)
  expect([await look(), await look()]).toEqual([21, 21])
})

it.each([
  ['ESTAB 0 0 192.0.2.1:25 127.0.0.1:40001', /netlink/],
  ['', /does not show/],
  [`ESTAB 0 0 192.0.2.1:25 127.0.0.1:40001 ${INFO}`, /does not say/],
  [`ESTAB 0 0 192.0.2.1:25 127.0.0.1:40001 ${TALKED}`, null],
])('what can be seen at start, case %#', async (text, wanted) => {
  const reason = await whyBlind({ port: 40_001, octets: 21 }, async () => text)
  if (wanted === null) expect(reason).toBeNull()
  else expect(reason).toMatch(wanted)
})

describeWith('connections of this host', { programs: ['ss'] }, () => {
  const sockets: Socket[] = []
  const server = createServer((socket) => void sockets.push(socket.resume()))
  afterAll(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  it('shows what a client sent although it has been read', async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const arrival = once(server, 'connection')
    const client = connect(port, '127.0.0.1')
    sockets.push(client)
    const [, [accepted]] = await Promise.all([once(client, 'connect'), arrival])
    const reader = createConnectionReader({ now: () => performance.now() })
    const peer = peerOf('127.0.0.1', client.localPort!, port)
    expect(await reader.look(peer)).toMatchObject({ octets: 0, localPort: port })
    const read = once(accepted as Socket, 'data')
    client.write('HELO me\r\n')
    await read
    expect(await reader.look(peer)).toMatchObject({ octets: 9, localPort: port })
    expect(await whyBlind({ port: client.localPort!, octets: 9 })).toBeNull()
    expect(await reader.look({ ...peer, port: 1 })).toBeNull()
  })
})

describe('the shell that runs ss', () => {
  it.each([
    ['a program that is missing', 'while read -r f; do no-such-ss 2>&1; echo "= $?"; done', /not installed/],
    [
      'one that complains',
      'while read -r f; do echo "Error: bad $f"; echo "= 1"; done',
      /^ss: Error: bad \( dport/,
    ],
    ['one that ends', 'read -r f', /has ended/],
    ['one that never answers', 'while read -r f; do :; done', /did not answer/],
    [
      'one that never stops',
      'read -r f; while :; do echo 0123456789012345678901234567890123456789; done',
      /more than/,
    ],
  ])('%s is an error, each time', async (_, script, wanted) => {
    const ask = createSocketAsker(script, 1500)
    await expect(ask([1])).rejects.toThrow(wanted)
    await expect(ask([1])).rejects.toThrow(wanted)
  })

  it('answers many questions in order, however many ports they name', async () => {
    const ask = createSocketAsker('while read -r f; do echo "$f"; echo "= 0"; done')
    const ports = Array.from({ length: 450 }, (_, at) => at + 1)
    const answers = await Promise.all([ask([7]), ask(ports), ask([8])])
    expect(answers[0]).toBe('( dport = :7 )\n')
    expect(answers[1].match(/dport/g)).toHaveLength(450)
    expect(answers[2]).toBe('( dport = :8 )\n')
  })
})
