import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { endianness } from 'node:os'
import { afterAll, describe, expect, it } from '@jest/globals'
import { parseAddress } from '../../lib/net/ip.ts'
import { createQueueReader, find } from '../../lib/net/receive-queue.ts'

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const LITTLE = endianness() === 'LE' ? describe : describe.skip

LITTLE('find', () => {
  const table =
    HEAD +
    '   0: 0100007F:0019 070200C0:C350 01 00000000:00000006 00:00000000 00000000     0        0 1 1 0 20 4 30 10 -1\n' +
    '   1: 0100007F:01D1 070200C0:C351 01 00000000:00000200 00:00000000 00000000     0        0 1 1 0 20 4 30 10 -1\n' +
    '   2: 0100007F:0019 080200C0:C350 06 00000000:00000009 00:00000000 00000000     0        0 1 1 0 20 4 30 10 -1\n'
  const table6 =
    HEAD +
    '   0: 0000000000000000FFFF00000100007F:0019 0000000000000000FFFF0000070200C0:C352 01 00000000:00000005 00:00000000\n' +
    '   1: B80D0120000000000000000001000000:0019 B80D0120000000000000000007000000:C353 01 00000000:00000003 00:00000000\n'
  it.each([
    [table, '192.0.2.7', 50_000, null, { octets: 6, localPort: 25, roundTrip: null }],
    [table, '192.0.2.7', 50_000, 25, { octets: 6, localPort: 25, roundTrip: null }],
    [table, '192.0.2.7', 50_000, 465, null],
    [table, '192.0.2.7', 50_001, null, { octets: 512, localPort: 465, roundTrip: null }],
    [table, '192.0.2.7', 50_002, null, null],
    [table, '192.0.2.8', 50_000, null, null],
    [table6, '192.0.2.7', 50_002, null, { octets: 5, localPort: 25, roundTrip: null }],
    [table6, '2001:db8::7', 50_003, null, { octets: 3, localPort: 25, roundTrip: null }],
    ['', '192.0.2.7', 50_000, null, null],
    ['rubbish', '192.0.2.7', 50_000, null, null],
  ])('case %#', (text, address, port, localPort, wanted) => {
    expect(find(text, { address: parseAddress(address)!, port, localPort })).toEqual(wanted)
  })
})

const ON_LINUX = existsSync('/proc/net/tcp') ? describe : describe.skip
ON_LINUX('a real connection', () => {
  const sockets: Socket[] = []
  const server = createServer({ pauseOnConnect: true }, (socket) => void sockets.push(socket))
  afterAll(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  it('shows what a client sent and nobody read', async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const client = connect(port, '127.0.0.1')
    sockets.push(client)
    await once(client, 'connect')
    const peer = { address: parseAddress('127.0.0.1')!, port: client.localPort!, localPort: port }
    const look = () => createQueueReader(() => 0).look(peer)
    expect(await look()).toEqual({ octets: 0, localPort: port, roundTrip: null })
    await new Promise<void>((resolve) => client.write('HELO me\r\n', () => resolve()))
    expect(await look()).toEqual({ octets: 9, localPort: port, roundTrip: null })
    expect(await createQueueReader(() => 0).look({ ...peer, port: 1 })).toBeNull()
  })

  it('reads the tables once for many that look at the same time', async () => {
    let now = 0
    let reads = 0
    const reader = createQueueReader(
      () => now,
      async () => {
        reads++
        return ''
      },
    )
    const peer = { address: parseAddress('192.0.2.1')!, port: 1, localPort: null }
    await Promise.all(Array.from({ length: 50 }, () => reader.look(peer)))
    expect(reads).toBe(2)
    now = 100
    await reader.look(peer)
    expect(reads).toBe(4)
  })

  it('claims nothing where the tables cannot be read', async () => {
    const reader = createQueueReader(
      () => 0,
      () => Promise.reject(new Error('no /proc')),
    )
    expect(await reader.look({ address: parseAddress('192.0.2.1')!, port: 1, localPort: null })).toBeNull()
  })
})
