/** Small mails that make much work, through a real Postfix: all of them are judged, and what is not checked is said. */
import { gzipSync } from 'node:zlib'
import { expect, it } from '@jest/globals'
import { zip } from '../support/archives.ts'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { NO_DNS } from './support/hamlet.ts'
import { SmtpClient } from './support/smtp-client.ts'

const GTUBE = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'
const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/(.{76})/g, '$1\r\n')
const HEAD = ['From: sender@sender.example', 'To: user@example.test', 'Date: Sat, 21 Nov 2026 10:00:00 +0000']

const withParts = (name: string, parts: readonly Buffer[]) =>
  [
    ...HEAD,
    'Subject: archives',
    `Message-ID: <${name}@sender.example>`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    '',
    GTUBE,
    ...parts.map(
      (part, index) =>
        `--b\r\nContent-Type: application/octet-stream; name=x${index}.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(part)}`,
    ),
    '--b--',
    '',
  ].join('\r\n')

/** 34 MB of zeros that look like an archive, behind 700 entries that point at them. */
function sharedContent(): Buffer {
  const inner = gzipSync(Buffer.alloc(34 << 20))
  return zip([{ name: 'x', content: inner, method: 8 }], { listings: 700 })
}

/** 20 signatures, each with a length of its own, over short lines. */
function manySignatures(octets: number): string {
  const signatures = Array.from(
    { length: 20 },
    (_, index) =>
      `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=sender.example; s=s${index}; l=${octets - 100 - index}; h=from; bh=AAAA; b=AAAA`,
  )
  const body = `${GTUBE}\r\n`.concat('short\r\n'.repeat(Math.floor(octets / 7)))
  return [
    ...signatures,
    ...HEAD,
    'Subject: signatures',
    'Message-ID: <signatures@sender.example>',
    '',
    body,
  ].join('\r\n')
}

describeWith('small mails that make much work', POSTFIX_NEEDS, () => {
  const mta = filteredPostfix(() => ({
    hamlet: { config: `${NO_DNS}\ngreylist: { enabled: false }\nlimits: { messages_per_hour: off }\n` },
    postfix: { users: ['user@example.test'], settings: ['message_size_limit = 12000000'] },
  }))
  const rows: readonly (readonly [string, () => string])[] = [
    ['shared-content', () => withParts('shared-content', [sharedContent()])],
    [
      'gzip-parts',
      () => {
        const part = gzipSync(Buffer.alloc(34 << 20))
        return withParts(
          'gzip-parts',
          Array.from({ length: 200 }, () => part),
        )
      },
    ],
    ['signatures', () => manySignatures(9_000_000)],
  ]
  it.each(rows)(
    '%s: what the mail says is seen',
    async (name, make) => {
      const client = await SmtpClient.session(mta.postfix.port)
      const { answer } = await client.send({
        from: 'sender@sender.example',
        to: ['user@example.test'],
        bytes: make(),
      })
      await client.quit()
      const line = await mta.hamlet.untilLogged(new RegExp(`msgid="?<${name}@`))
      if (process.env['SHOW_TIMES']) process.stderr.write(`${JSON.stringify(line)}\n`)
      expect(`${answer.code} ${answer.text}`).toMatch(/^550 5\.7\.1 /)
    },
    60_000,
  )
})
