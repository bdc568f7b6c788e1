/** Addresses in UTF-8 (RFC 6531) through a real Postfix: readable in the journal, found by why, blocked by name. */
import { expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { hamlet, NO_DNS } from './support/hamlet.ts'
import { mail } from './support/mail.ts'
import { waitFor } from './support/programs.ts'
import { SmtpClient } from './support/smtp-client.ts'

const octets = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
const JUERGEN = 'jürgen@bücher.example'

describeWith('addresses in UTF-8', POSTFIX_NEEDS, () => {
  const mta = filteredPostfix(() => ({
    hamlet: {
      config: [
        NO_DNS,
        'links: { lists: [] }',
        'greylist: { enabled: false }',
        'answer: { report: always }',
        'scores: { tag: 5, redirect: 20, reject: off }',
        'actions: { quarantine_address: box@example.test }',
        'senders: { block: [{ sender: "böse@xn--bcher-kva.example" }], block_action: reject }',
        'authentication: { dmarc: off }',
      ].join('\n'),
    },
    postfix: { settings: ['smtputf8_enable = yes'] },
  }))
  const send = async (from: string, to: string, subject: string, body = 'Hello.') => {
    const client = await SmtpClient.session(mta.postfix.port, {
      xclient: 'ADDR=192.0.2.7 NAME=mx.sender.example',
    })
    const mailFrom = await client.command(`MAIL FROM:<${octets(from)}> SMTPUTF8`)
    expect(mailFrom.code).toBe(250)
    const recipient = await client.command(`RCPT TO:<${octets(to)}>`)
    await client.command('DATA')
    const text = octets(mail(subject, body).replace('Sender <sender@sender.example>', `Jürgen <${from}>`))
    const answer = await client.command(`${text}.`)
    await client.quit()
    return { recipient: recipient.code, code: answer.code }
  }

  it('cost no points, and are readable in the journal and found by why, in either form of the domain', async () => {
    expect(await send(JUERGEN, 'user@example.test', 'one')).toEqual({ recipient: 250, code: 250 })
    const line = String(await mta.hamlet.untilLogged(/.*msgid=<one@.*/))
    // the log is read as octets here
    expect(line).toContain(octets(`from=<${JUERGEN}>`))
    expect(line).not.toContain('FROM_BAD_ADDRESS')
    for (const word of [JUERGEN, 'jürgen@xn--bcher-kva.example', '@bücher.example']) {
      // the record is written a moment later
      await waitFor(async () => {
        const found = await hamlet(['why', word, '--config', mta.hamlet.configFile])
        return found.out.includes(`from <${JUERGEN}>`)
      }, 20_000)
    }
  }, 60_000)

  it('are blocked by name, whichever form the domain was written in', async () => {
    expect((await send('böse@bücher.example', 'user@example.test', 'two')).code).toBe(550)
    await mta.hamlet.untilLogged(
      new RegExp(`verdict=reject .*SENDER_BLOCKED.*from=<${octets('böse@bücher.example')}>`),
    )
  }, 60_000)

  it('of recipients are taken out of a redirected mail like others', async () => {
    const gtube = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'
    expect((await send(JUERGEN, 'müller@example.test', 'three', gtube)).code).toBe(250)
    const text = await mta.postfix.deliveredWith('Subject: three')
    expect(text).toMatch(/^Delivered-To: box@example\.test$/m)
    expect(mta.postfix.delivered().filter((one) => one.includes('Subject: three'))).toHaveLength(1)
    const report = /^X-Spam-Report:(?:.*\n[ \t])*.*/m.exec(text)?.[0] ?? ''
    expect(report).toMatch(/GTUBE/)
    expect(report).not.toMatch(/[^\x00-\x7f]/)
  }, 60_000)
})
