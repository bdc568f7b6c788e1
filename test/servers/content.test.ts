/**
 * The end of the message through a real Postfix, with a real name server and a real clamd: authentication, links,
 * attachments, scanners, and mail made to hurt.
 */
import { createServer } from 'node:net'
import { expect, it } from '@jest/globals'
import { mailauthResolver } from '../../lib/auth/resolver.ts'
import { verifySignatures } from '../../lib/auth/signatures.ts'
import { splitMail } from '../../lib/mail/split.ts'
import { zip } from '../support/archives.ts'
import { keyOf, plainMail, sign } from '../support/signed-mail.ts'
import { tableDns } from '../support/table-dns.ts'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { startUnbound, type NameServer } from './support/name-servers.ts'
import { startClamd, TEST_MALWARE, type ScanServer } from './support/scanners.ts'
import { SmtpClient } from './support/smtp-client.ts'

const KEYS = keyOf('shop.example')
/** A TXT record of any length for unbound's local-data: strings of at most 255 octets. */
const txt = (name: string, text: string) =>
  `${name}. 60 IN TXT ${(text.match(/.{1,250}/g) ?? []).map((part) => `"${part}"`).join(' ')}`
const RECORDS = [
  txt('s1._domainkey.shop.example', KEYS['txt s1._domainkey.shop.example']?.[0] ?? ''),
  txt('_dmarc.shop.example', 'v=DMARC1; p=reject'),
  txt('_dmarc.bank.example', 'v=DMARC1; p=reject'),
  'example.net.dbl.test. 60 IN A 127.0.1.2',
]

const EXE = Buffer.from('MZ\x90\0 this program cannot be run').toString('base64')
const withParts = (subject: string, parts: readonly string[], boundary = 'frontier') =>
  [
    'From: sender@sender.example',
    'To: user@example.test',
    `Subject: ${subject}`,
    'Date: Sat, 21 Nov 2026 10:00:00 +0000',
    `Message-ID: <${subject.replace(/\W+/g, '-')}@sender.example>`,
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary=${boundary}`,
    '',
    ...parts.flatMap((part) => [`--${boundary}`, part]),
    `--${boundary}--`,
    '',
  ].join('\r\n')
const textPart = (text: string) => `Content-Type: text/plain\r\n\r\n${text}`
const filePart = (name: string, base64: string) =>
  `Content-Type: application/octet-stream; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64.replace(/(.{76})/g, '$1\r\n')}`

describeWith(
  'the end of the message',
  { ...POSTFIX_NEEDS, programs: [...POSTFIX_NEEDS.programs, 'unbound', 'clamd'] },
  () => {
    let names: NameServer
    let clam: ScanServer
    const mta = filteredPostfix(async () => {
      ;[names, clam] = await Promise.all([startUnbound(RECORDS), startClamd()])
      return {
        hamlet: {
          config: [
            `dns: { servers: ["${names.address}"], timeout: 1s }`,
            'dns_lists: { lists: [] }',
            'greylist: { enabled: false }',
            'repellent: { delay: 0 }',
            'limits: { messages_per_hour: off }',
            'authentication: { dmarc: obey }',
            'scores: { tag: 5, reject: off }',
            'links: { lists: [{ zone: dbl.test, codes: { "127.0.1.2-99": { hit: LINKL_TEST, score: 6 } } }] }',
            'attachments: { rules: [{ hit: NO_PROGRAMS, contents: [program], action: strip, text: Programs are not accepted }, { hit: NO_BOMBS, contents: [bomb], score: 3 }] }',
            `scanners: [{ type: clamd, name: clamd, address: "${clam.address}", timeout: 3s, max_size: 1MB, breaker_failures: 2, breaker_pause: 1m }]`,
          ].join('\n'),
        },
        postfix: { users: ['user@example.test'] },
        others: [names, clam],
      }
    })

    const send = async (bytes: string, from = 'sender@sender.example', xclient = '') => {
      const client = await SmtpClient.session(mta.postfix.port, { xclient })
      const started = performance.now()
      const { answer } = await client.send({
        from,
        to: ['user@example.test'],
        bytes: Buffer.from(bytes, 'latin1'),
      })
      await client.quit()
      return { answer, took: performance.now() - started }
    }
    const delivered = (text: string) => mta.postfix.deliveredWith(text, 60_000)

    it('signed mail is proven, and keeps its signature through tagging', async () => {
      const mail = await sign(plainMail('anna@shop.example', 'See https://bad.example.net/ now.\r\n'), {
        domain: 'shop.example',
        signTime: new Date(Date.now() - 3_600_000),
      })
      expect((await send(mail, 'anna@shop.example')).answer.code).toBe(250)
      const text = await delivered('bad.example.net')
      expect(text).toMatch(/^X-Spam-Flag: YES$/m)
      expect(text).toMatch(/^X-Spam-Status:[^]*?LINKL_TEST=6\.0/m)
      expect(text).toMatch(
        /^Authentication-Results: mail\.example\.test;[^]*?dkim=pass header\.d=shop\.example/m,
      )
      expect(text).toMatch(/dmarc=pass policy\.dmarc=reject header\.from=shop\.example/)
      const { headers, body } = splitMail(Buffer.from(text.trimEnd() + '\n', 'latin1'))
      const { dkim } = await verifySignatures(
        {
          headers: headers.filter(({ name }) => !/^(return-path|delivered-to|x-original-to)$/i.test(name)),
          body,
          truncated: false,
        },
        {
          resolver: mailauthResolver(tableDns(KEYS), new AbortController().signal),
          now: Date.now(),
          clockTolerance: 0,
          minimumBits: 1024,
          arc: false,
          trustedSealers: [],
        },
      )
      expect(dkim.signatures.map(({ result }) => result)).toEqual(['pass'])
    }, 60_000)

    it('a domain that asks for rejection is obeyed', async () => {
      const { answer } = await send(plainMail('ceo@bank.example'), undefined, 'ADDR=198.51.100.7')
      expect(answer.code).toBe(550)
      expect(answer.text).toMatch(/5\.7\.1 The mail does not come from bank\.example/)
      await mta.hamlet.untilLogged(/verdict=reject .*DMARC_FAIL_REJECT/)
    }, 60_000)

    it('a program is taken out, every other octet stays', async () => {
      const first = textPart('before  \t \r\n\r\n\r\ncaf\xe9')
      const last = textPart('after')
      const mail = withParts('strip me', [
        first,
        filePart('setup.exe', EXE),
        filePart('x.zip', zip([{ name: 'a.txt', content: 'hi' }]).toString('base64')),
        last,
      ])
      expect((await send(mail)).answer.code).toBe(250)
      const text = (await delivered('strip me')).replace(/\n/g, '\r\n')
      const expected = mail.slice(mail.indexOf('\r\n\r\n') + 4)
      const start = expected.indexOf('Content-Type: application/octet-stream; name="setup.exe"')
      const end = expected.indexOf('\r\n--frontier', start)
      expect(text).toContain(expected.slice(0, start))
      expect(text).toContain(expected.slice(end).trimEnd())
      expect(text).toContain(
        'An attachment was removed here: "setup.exe".\r\nReason: Programs are not accepted',
      )
      expect(text).not.toContain(EXE.slice(0, 20))
    }, 60_000)

    it('malware is refused', async () => {
      const { answer } = await send(
        withParts('virus', [textPart('x'), filePart('a.bin', Buffer.from(TEST_MALWARE).toString('base64'))]),
      )
      expect(answer.code).toBe(550)
      expect(answer.text).toMatch(/The mail contains malware/)
      await mta.hamlet.untilLogged(/verdict=reject .*SCANNER_MALWARE/)
    }, 60_000)

    const bomb = zip([{ name: 'zeros', content: Buffer.alloc(100 << 20) }]).toString('base64')
    const hostile: readonly (readonly [string, () => string])[] = [
      [
        '10,000 parts',
        () =>
          withParts(
            'many parts',
            Array.from({ length: 10_000 }, (_, index) => filePart(`f${index}.exe`, EXE)),
          ),
      ],
      [
        '500 multiparts inside each other',
        () =>
          withParts('deep', [
            Array.from(
              { length: 500 },
              (_, depth) => `Content-Type: multipart/mixed; boundary=b${depth}\r\n\r\n--b${depth}\r\n`,
            ).join('') + textPart('bottom'),
          ]),
      ],
      [
        '500 messages inside each other',
        () =>
          withParts('forwarded', [
            'Content-Type: message/rfc822\r\n\r\n'.repeat(500) + 'Subject: x\r\n\r\nbottom',
          ]),
      ],
      ['a zip bomb', () => withParts('bomb', [textPart('x'), filePart('bomb.zip', bomb)])],
      [
        'an attachment of 50 MB',
        () =>
          withParts('large', [
            textPart('x'),
            filePart('large.bin', Buffer.alloc(50 << 20, 'hamlet ').toString('base64')),
          ]),
      ],
      [
        '500 signatures',
        () =>
          `${'DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=s1; h=from; bh=AAAA; b=AAAA\r\n'.repeat(500)}${plainMail('many@signatures.example')}`,
      ],
      [
        'a header of 900 folds',
        () =>
          `X-Long: a${'\r\n b'.repeat(900)}\r\nDKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=s1; h=${'x-long:'.repeat(400)}from; bh=AAAA; b=AAAA\r\n${plainMail('folds@long.example')}`,
      ],
      ['50 KB of carriage returns', () => plainMail('cr@long.example', `${'\r'.repeat(50_000)}\r\n`)],
    ]
    it.each(hostile)(
      '%s are judged within the deadline, and other mail flows meanwhile',
      async (what, make) => {
        const mail = make()
        const heavy = send(mail)
        await new Promise((resolve) => setTimeout(resolve, 100))
        const light = await send(plainMail('light@quick.example', `meanwhile ${what}\r\n`))
        expect(light.answer.code).toBe(250)
        const { answer, took } = await heavy
        if (process.env['SHOW_TIMES'])
          process.stderr.write(
            `${what} (${(mail.length / 2 ** 20).toFixed(1)} MB): ${answer.code} after ${took.toFixed(0)} ms, light mail ${light.took.toFixed(0)} ms\n`,
          )
        expect(answer.code).toBe(250)
        expect(took).toBeLessThan(25_000)
        expect(light.took).toBeLessThan(10_000)
      },
      90_000,
    )

    it('a scanner that is gone is named, and mail passes', async () => {
      await clam.stop()
      const { answer } = await send(plainMail('a@late.example', 'no scanner any more\r\n'))
      expect(answer.code).toBe(250)
      await mta.hamlet.untilLogged(/unavailable="[^"]*scanners: clamd: connect ECONNREFUSED/)
    }, 60_000)

    it('a scanner that hangs costs its time-out, and is left alone after a while', async () => {
      const hanging = createServer((socket) => void socket.on('error', () => undefined).resume())
      await new Promise<void>((resolve) =>
        hanging.listen(Number(clam.address.split(':')[1]), '127.0.0.1', resolve),
      )
      try {
        const { answer, took } = await send(plainMail('a@late.example', 'scanner hangs\r\n'))
        expect(answer.code).toBe(250)
        expect(took).toBeGreaterThan(2500)
        expect(took).toBeLessThan(6000)
        await mta.hamlet.untilLogged(/unavailable="[^"]*scanners: clamd: no answer in time/)
        for (let index = 0; index < 12; index++) {
          const again = await send(plainMail('a@late.example', `scanner hangs ${index}\r\n`))
          if (again.took < 2000) break
        }
        await mta.hamlet.untilLogged(/unavailable="[^"]*scanners: clamd: not asked: it failed/)
      } finally {
        hanging.close()
      }
    }, 90_000)
  },
)
