/** Mail that is larger than what is read of it, through a real Postfix: what stands in front hides nothing. */
import { expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { NO_DNS } from './support/hamlet.ts'
import { SmtpClient } from './support/smtp-client.ts'

const GTUBE = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'
const PHOTO = `${'/9j/4AAQSkZJRgABAQAAAQABAAD'.padEnd(76, 'A')}\r\n`.repeat(11_540)
const PROSE = 'We shall meet on Tuesday at ten, as always, and have tea.\r\n'

function mail(subject: string, parts: readonly (readonly [string, string])[]): string {
  const body = parts.map(([headers, content]) => `--b1\r\n${headers}\r\n\r\n${content}\r\n`).join('')
  return [
    'From: Ann <ann@good.example>',
    'To: user@example.test',
    `Subject: ${subject}`,
    'Date: Fri, 27 Nov 2026 10:00:00 +0000',
    `Message-ID: <${subject.replaceAll(' ', '.')}@good.example>`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b1',
    '',
    `${body}--b1--\r\n`,
  ].join('\r\n')
}

const photo = ['Content-Type: image/jpeg; name=a.jpg\r\nContent-Transfer-Encoding: base64', PHOTO] as const
const text = (content: string) => ['Content-Type: text/plain', content] as const

describeWith('large mail through Postfix', POSTFIX_NEEDS, () => {
  const mta = filteredPostfix(() => ({
    hamlet: { config: `rules: builtin\n${NO_DNS}\nscores: { reject: 100 }` },
  }))

  async function send(bytes: string): Promise<string> {
    const client = await SmtpClient.session(mta.postfix.port)
    const { answer } = await client.send({ from: 'ann@good.example', to: ['user@example.test'], bytes })
    await client.quit()
    return `${answer.code} ${answer.text}`
  }

  it.each([
    ['one photo in front', [photo, text(GTUBE)]],
    ['three photos in front', [photo, photo, photo, text(GTUBE)]],
    ['a long letter in front', [text(PROSE.repeat(30_000)), text(GTUBE)]],
  ] as const)('GTUBE is seen behind %s', async (subject, parts) => {
    const source = mail(subject, parts)
    expect(source.length).toBeGreaterThan(880_000)
    expect(await send(source)).toMatch(/^550 /)
    const line = await mta.hamlet.untilLogged(new RegExp(`.*${subject.replaceAll(' ', '.')}@good.*`))
    expect(line).toMatch(/verdict=reject .*GTUBE=1000/)
    expect(/truncated=true/.test(line)).toBe(subject.startsWith('a long letter'))
  })

  it('says how much of a long letter was not read, and delivers it', async () => {
    expect(await send(mail('a very long letter', [text(PROSE.repeat(30_000))]))).toMatch(/^250 /)
    const line = await mta.hamlet.untilLogged(/.*a\.very\.long\.letter@good.*/)
    expect(line).toMatch(/tests=\S*TEXT_LEFT_OUT=0\.5.*truncated=true/)
    const delivered = await mta.postfix.deliveredWith('a.very.long.letter')
    expect(delivered).toMatch(/^X-Spam-Status: (?:.*\r?\n[\t ])*.*TEXT_LEFT_OUT/m)
  })

  it('does not call a mail cut whose photos alone are', async () => {
    expect(await send(mail('photos of the party', [text(PROSE), photo, photo]))).toMatch(/^250 /)
    const line = await mta.hamlet.untilLogged(/.*photos\.of\.the\.party@good.*/)
    expect(line).not.toMatch(/TEXT_LEFT_OUT|truncated/)
  })
})
