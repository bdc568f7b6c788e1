/** Mail that goes over the limits of what is looked at, through a real Postfix: what decides is seen all the same. */
import { expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { NO_DNS } from './support/hamlet.ts'
import { SmtpClient } from './support/smtp-client.ts'

const GTUBE = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'
const PROGRAM = Buffer.from('MZ\x90\0 this program cannot be run').toString('base64')
const filler = (count: number) => Array.from({ length: count }, (_, index) => `X-${index}: y`)
const late = (subject: string, count: number, text: string, headers: readonly string[] = []) =>
  [
    'From: sender@sender.example',
    'To: user@example.test',
    `Subject: ${subject}`,
    ...filler(count),
    ...headers,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(text).toString('base64'),
    '--b',
    'Content-Type: application/octet-stream; name=bill.exe',
    'Content-Transfer-Encoding: base64',
    '',
    PROGRAM,
    '--b--',
    '',
  ].join('\r\n')

const CONFIG = `
${NO_DNS}
scores: { tag: 5, reject: 100 }
greylist: { enabled: false }
limits: { messages_per_hour: off }
`

describeWith('mail over the limits of what is looked at', POSTFIX_NEEDS, () => {
  const mta = filteredPostfix(() => ({
    hamlet: { config: CONFIG },
    postfix: { users: ['user@example.test'], settings: ['header_size_limit = 2000000'] },
  }))
  const send = async (bytes: string) => {
    const client = await SmtpClient.session(mta.postfix.port)
    const { answer } = await client.send({ from: 'sender@sender.example', to: ['user@example.test'], bytes })
    await client.quit()
    return `${answer.code} ${answer.text}`
  }
  const headerBlock = (mail: string) => mail.slice(0, mail.search(/\r?\n\r?\n/))

  it('MIME headers behind 4001 others still give the mail its parts', async () => {
    expect(await send(late('needle one', 4001, `hello\n${GTUBE}\n`))).toMatch(/^550 5\.7\.1 /)
    await mta.hamlet.untilLogged(/GTUBE=/)
    expect(await send(late('needle two', 4001, 'hello\n'))).toMatch(/^250 /)
    const mail = await mta.postfix.deliveredWith('needle two')
    const tests = /^X-Spam-Status:(?:.*\n[ \t])*.*/m.exec(mail)?.[0] ?? ''
    expect(tests).toMatch(/ATTACHED_PROGRAM/)
    expect(tests).toMatch(/HEADERS_LEFT_OUT/)
  })

  it('forged verdicts behind 4001 headers are taken out', async () => {
    const forged = [
      'X-Spam-Flag: NO',
      'X-Spam-Status: No, forged',
      'Authentication-Results: mail.example.test; dkim=pass',
    ]
    expect(await send(late('needle three', 4001, 'hello\n', forged))).toMatch(/^250 /)
    const block = headerBlock(await mta.postfix.deliveredWith('needle three'))
    expect(block).not.toMatch(/forged/)
    expect(block).not.toMatch(/^X-Spam-Flag: NO/m)
  })

  it('more of them than are kept at all is refused for good', async () => {
    const many = Array.from({ length: 4002 }, () => 'X-Spam-Flag: NO')
    expect(await send(late('needle four', 4001, 'hello\n', many))).toMatch(/^552 5\.3\.4 /)
  })
})
