/** Outside scanners against servers that behave badly in every way we could think of. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttps } from 'node:https'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { clamd, readClamd } from '../../lib/scanners/clamd.ts'
import { https, readHttps } from '../../lib/scanners/https.ts'
import { readRspamd, rspamd } from '../../lib/scanners/rspamd.ts'
import { selfSigned } from '../support/certificate.ts'
import type { ScanMail } from '../../lib/scanners/scanner.ts'
import { readSpamd, spamd } from '../../lib/scanners/spamd.ts'

const mailOf = (octets: Uint8Array): ScanMail => ({
  octets,
  clientAddress: '192.0.2.1',
  clientName: 'mx.sender.example',
  helo: 'mx.sender.example',
  sender: 'a@sender.example',
  recipients: ['b@home.example'],
  user: null,
  queueId: 'Q1',
})
const MAIL = mailOf(Buffer.from('Subject: x\r\n\r\nhello\r\n'))
const soon = (milliseconds = 300) => AbortSignal.timeout(milliseconds)

const servers: (Server | ReturnType<typeof createHttps>)[] = []
const sockets = new Set<Socket>()
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
})
async function serve(behave: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    behave(socket)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('answers', () => {
  it.each([
    ['stream: OK\0', { kind: 'clean' }],
    ['stream: Eicar-Test FOUND\0', { kind: 'threat', threat: 'malware', name: 'Eicar-Test' }],
    ['stream: Heuristics.Phishing.Email FOUND\0', { kind: 'threat', threat: 'phishing' }],
    ['INSTREAM size limit exceeded. ERROR\0', { kind: 'unavailable' }],
    ['stream: a b FOUND', { kind: 'unavailable' }],
    ['OK', { kind: 'unavailable' }],
    ['', { kind: 'unavailable' }],
  ])('clamd: %j', (text, expected) => expect(readClamd(text)).toMatchObject(expected))

  it.each([
    [
      'SPAMD/1.1 0 EX_OK\r\nContent-length: 3\r\nSpam: True ; 15.0 / 5.0\r\n\r\nA,B',
      { kind: 'points', points: 15, detail: 'A,B' },
    ],
    ['SPAMD/1.1 0 EX_OK\r\nSpam: False ; -2.5 / 5.0\r\n\r\n', { kind: 'points', points: -2.5, detail: '' }],
    ['SPAMD/1.1 75 EX_TEMPFAIL\r\n', { kind: 'unavailable' }],
    ['SPAMD/1.1 0 EX_OK\r\n\r\n', { kind: 'unavailable' }],
    ['HTTP/1.1 400', { kind: 'unavailable' }],
  ])('spamd: %j', (text, expected) => expect(readSpamd(text)).toMatchObject(expected))

  it.each([
    [
      '{"score":7.5,"action":"add header","symbols":{"A":{"score":1},"B":{"score":-6}}}',
      { kind: 'points', points: 7.5, detail: 'add header: B(-6.0) A(1.0)' },
    ],
    ['{"score":"7"}', { kind: 'unavailable' }],
    ['{"error":"x"}', { kind: 'unavailable' }],
    ['<html>', { kind: 'unavailable' }],
  ])('rspamd: %j', (text, expected) => expect(readRspamd(text)).toMatchObject(expected))

  it.each([
    ['0', { kind: 'clean' }],
    ['7\n', { kind: 'points', points: 7 }],
    [
      '{"result":9,"kind":"phishing","name":"x"}',
      { kind: 'threat', threat: 'phishing', name: 'x', points: 9 },
    ],
    ['{"result":0}', { kind: 'clean' }],
    ['{"result":10}', { kind: 'unavailable' }],
    ['10', { kind: 'unavailable' }],
    ['', { kind: 'unavailable' }],
  ])('https: %j', (text, expected) => expect(readHttps(text)).toMatchObject(expected))
})

describe('a scanner that misbehaves', () => {
  const behaviours: readonly (readonly [string, (socket: Socket) => void])[] = [
    ['hangs without reading', (socket) => socket.pause()],
    ['reads and says nothing', (socket) => socket.resume()],
    ['hangs up at once', (socket) => socket.destroy()],
    ['hangs up in the middle', (socket) => socket.once('data', () => socket.destroy())],
    ['answers nonsense', (socket) => socket.once('data', () => socket.end('\x00\xff\x00 nonsense \r\n\r\n'))],
    [
      'answers without end',
      (socket) => {
        const more = () => {
          while (!socket.destroyed && socket.write('x'.repeat(65_536)));
        }
        socket.on('drain', more).resume()
        more()
      },
    ],
    [
      'answers slowly, an octet at a time',
      (socket) => {
        socket.resume()
        const timer = setInterval(() => socket.write('H'), 20)
        socket.on('close', () => clearInterval(timer))
      },
    ],
  ]
  const scanners = {
    clamd: (at: string) => clamd('s', at),
    spamd: (at: string) => spamd('s', at, ''),
    rspamd: (at: string) => rspamd('s', `http://${at}`, ''),
    https: (at: string) => https('s', { url: `https://${at}/`, token: '' }),
  }
  const rows = Object.keys(scanners).flatMap((name) => behaviours.map(([what]) => [name, what] as const))
  it.each(rows)('%s %s', async (name, what) => {
    const at = await serve(behaviours.find(([one]) => one === what)![1])
    const scanner = scanners[name as keyof typeof scanners](at)
    const started = performance.now()
    const answer = await scanner.scan(mailOf(Buffer.alloc(5 << 20, 'x\r\n')), soon())
    expect(answer.kind).toBe('unavailable')
    expect(performance.now() - started).toBeLessThan(1500)
  })

  it.each(Object.keys(scanners))('%s is not there', async (name) => {
    const answer = await scanners[name as keyof typeof scanners]('127.0.0.1:1').scan(MAIL, soon())
    expect(answer).toMatchObject({ kind: 'unavailable', reason: expect.stringContaining('ECONNREFUSED') })
  })
})

describe('clamd', () => {
  it('gets the mail in chunks', async () => {
    let received = Buffer.alloc(0)
    const at = await serve((socket) => {
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk])
        if (received.subarray(-4).equals(Buffer.alloc(4))) socket.end('stream: OK\0')
      })
    })
    const octets = Buffer.alloc(150_000, 'y')
    expect(await clamd('s', at).scan(mailOf(octets), soon(2000))).toEqual({ kind: 'clean' })
    expect(received.length).toBe(10 + 3 * 4 + octets.length + 4)
  })

  it('says no before it has read everything', async () => {
    const at = await serve((socket) => {
      socket.once('data', () => socket.end('INSTREAM size limit exceeded. ERROR\0'))
    })
    const answer = await clamd('s', at).scan(mailOf(Buffer.alloc(3 << 20)), soon(2000))
    expect(answer.kind).toBe('unavailable')
  })
})

describe('https', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hamlet-https-'))
  const file = (name: string) => join(folder, name)
  const secure = async (name: string, answer = '5') => {
    const server = createHttps(
      { key: readFileSync(file(`${name}.key`)), cert: readFileSync(file(`${name}.crt`)) },
      (request, response) => {
        request.resume()
        request.on('end', () => response.end(answer))
      },
    )
    server.on('tlsClientError', () => undefined)
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `https://localhost:${(server.address() as AddressInfo).port}/judge`
  }
  beforeAll(() => {
    selfSigned(folder, 'localhost', 'right')
    selfSigned(folder, 'elsewhere.example', 'wrong')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('answers under a certificate we know', async () => {
    const url = await secure('right')
    const ca = readFileSync(file('right.crt'), 'utf8')
    expect(await https('s', { url, token: 't', ca }).scan(MAIL, soon(2000))).toMatchObject({
      kind: 'points',
      points: 5,
    })
  })
  it('is not believed under one that nobody signed', async () => {
    const answer = await https('s', { url: await secure('right', '0'), token: '' }).scan(MAIL, soon(2000))
    expect(answer).toMatchObject({ kind: 'unavailable', reason: expect.stringContaining('self-signed') })
  })
  it('is not believed under the name of another', async () => {
    const ca = readFileSync(file('wrong.crt'), 'utf8')
    const answer = await https('s', { url: await secure('wrong', '0'), token: '', ca }).scan(MAIL, soon(2000))
    expect(answer).toMatchObject({ kind: 'unavailable', reason: expect.stringContaining('altnames') })
  })
})
