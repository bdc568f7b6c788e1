/** The outside scanners against the real servers: clamd with a signature made for this test, spamd, rspamd. */
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { clamd } from '../../lib/scanners/clamd.ts'
import { rspamd } from '../../lib/scanners/rspamd.ts'
import type { ScanMail } from '../../lib/scanners/scanner.ts'
import { spamd } from '../../lib/scanners/spamd.ts'
import { startClamd, startRspamd, startSpamd, TEST_MALWARE, type ScanServer } from './support/scanners.ts'
import { describeWith } from './support/describe-with.ts'
import { zip } from '../support/archives.ts'

const GTUBE = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'
const mail = (body: string, type = 'text/plain'): ScanMail => ({
  octets: Buffer.from(
    [
      'From: a@sender.example',
      'To: b@home.example',
      'Subject: test',
      'Date: Sat, 21 Nov 2026 10:00:00 +0000',
      'Message-ID: <1@sender.example>',
      'MIME-Version: 1.0',
      `Content-Type: ${type}`,
      '',
      body,
      '',
    ].join('\r\n'),
    'latin1',
  ),
  clientAddress: '192.0.2.1',
  clientName: 'mx.sender.example',
  helo: 'mx.sender.example',
  sender: 'a@sender.example',
  recipients: ['b@home.example'],
  user: null,
  queueId: 'Q1',
})
const soon = () => AbortSignal.timeout(20_000)

describeWith('clamd', { programs: ['clamd'] }, () => {
  let server: ScanServer
  beforeAll(async () => {
    server = await startClamd()
  }, 60_000)
  afterAll(async () => {
    await server?.stop()
  })
  it.each(['tcp', 'unix'] as const)(
    'finds malware by %s',
    async (how) => {
      const at = how === 'tcp' ? server.address : `unix:${server.socket}`
      const scanner = clamd('clamd', at)
      expect(await scanner.scan(mail('hello'), soon())).toEqual({ kind: 'clean' })
      expect(await scanner.scan(mail(`x ${TEST_MALWARE} y`), soon())).toMatchObject({
        kind: 'threat',
        threat: 'malware',
        name: 'Hamlet.Test.Malware.UNOFFICIAL',
      })
      const attached = zip([{ name: 'a.txt', content: TEST_MALWARE }]).toString('base64')
      const parts = [
        '--b',
        'Content-Type: application/zip; name=a.zip',
        'Content-Transfer-Encoding: base64',
        '',
        attached,
        '--b--',
      ].join('\r\n')
      expect(await scanner.scan(mail(parts, 'multipart/mixed; boundary=b'), soon())).toMatchObject({
        kind: 'threat',
      })
    },
    30_000,
  )
  it('refuses what is over its own limit, which is not clean', async () => {
    const answer = await clamd('clamd', server.address).scan(mail('x'.repeat(3 << 20)), soon())
    expect(answer).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringMatching(/size limit|hung up|EPIPE|ECONNRESET/),
    })
  }, 30_000)
  it('dies between two mails', async () => {
    const other = await startClamd()
    const scanner = clamd('clamd', other.address)
    expect((await scanner.scan(mail('hello'), soon())).kind).toBe('clean')
    await other.stop()
    expect((await scanner.scan(mail('hello'), soon())).kind).toBe('unavailable')
  }, 60_000)
})

describeWith('spamd', { programs: ['spamd'] }, () => {
  let server: ScanServer
  beforeAll(async () => {
    server = await startSpamd()
  }, 60_000)
  afterAll(async () => {
    await server?.stop()
  })
  it('gives its points and tests', async () => {
    const scanner = spamd('spamd', server.address, '')
    const bad = await scanner.scan(mail(GTUBE), soon())
    expect(bad).toMatchObject({ kind: 'points', detail: expect.stringContaining('GTUBE') })
    expect(bad.kind === 'points' && bad.points).toBeGreaterThan(900)
    expect(await scanner.scan(mail('hello'), soon())).toMatchObject({ kind: 'points' })
  }, 60_000)
})

describeWith('rspamd', { programs: ['rspamd'] }, () => {
  let server: ScanServer
  beforeAll(async () => {
    server = await startRspamd()
  }, 60_000)
  afterAll(async () => {
    await server?.stop()
  })
  it('gives its points and symbols', async () => {
    const scanner = rspamd('rspamd', `http://${server.address}`, '')
    expect(await scanner.scan(mail(GTUBE), soon())).toMatchObject({
      kind: 'points',
      points: 15,
      detail: expect.stringContaining('reject: GTUBE'),
    })
    expect(await scanner.scan(mail('hello'), soon())).toMatchObject({ kind: 'points', points: 0 })
  }, 60_000)
})
