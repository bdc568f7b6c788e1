/**
 * Recipients per hour of a client and both limits of a user who logged in, through a real Postfix: exact, shown by
 * `hamlet limits`, lifted by a reset. The same for IPv6 clients, which count by network, and what DNS lists say of them.
 */
import { expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { hamlet as runHamlet } from './support/hamlet.ts'
import { mail } from './support/mail.ts'
import { startRbldnsd, startUnbound } from './support/name-servers.ts'
import { SmtpClient } from './support/smtp-client.ts'

const NEEDS = { ...POSTFIX_NEEDS, programs: [...POSTFIX_NEEDS.programs, 'rbldnsd', 'unbound'] }

const config = (dns: string) => `
rules: builtin
dns: { servers: ["${dns}"], timeout: 500ms, negative_ttl: 1s, failure_ttl: 1s }
helo: { unresolvable: log }
limits:
  messages_per_hour: 4
  recipients_per_hour: 5
  user_messages_per_hour: 3
  user_recipients_per_hour: 4
  user_exempt: [newsletter]
dns_lists:
  lists:
    - zone: bl.test
      description: the test list
      codes: { 127.0.0.2: { hit: BL_SPAM, score: 9, action: reject }, 127.0.0.3: { hit: BL_DUBIOUS, score: 1.5 } }
`

describeWith('limits per hour through Postfix', NEEDS, () => {
  const mta = filteredPostfix(async () => {
    const lists = await startRbldnsd(
      { 'bl.test': [':127.0.0.2:listed', '127.0.0.2'] },
      { ipv6: { 'bl.test': ['2001:db8:bad::/48 :127.0.0.2:listed', '2001:db8:d::1 :127.0.0.3:dubious'] } },
    )
    const names = await startUnbound(['good.test. 60 IN A 192.0.2.1'], { 'bl.test': lists.address })
    return {
      hamlet: { config: config(names.address) },
      postfix: { settings: ['smtpd_client_connection_rate_limit = 0', 'inet_protocols = all'] },
      others: [names, lists],
    }
  })

  /** One message in a session of its own; what each recipient was answered, and the end. */
  const send = async (client: string, recipients: number, attributes = '', subject = 'hello') => {
    const xclient = `ADDR=${client}${attributes}`
    const smtp = await SmtpClient.session(mta.postfix.port, { helo: 'mail.good.test', xclient })
    const to = Array.from({ length: recipients }, (_, index) => `user${index}@example.test`)
    const sent = await smtp.send({ from: 'a@good.test', to, bytes: mail(subject) })
    await smtp.quit()
    return {
      codes: sent.recipients.map(({ code }) => code),
      texts: sent.recipients.map(({ text }) => text),
      end: sent.answer.code,
    }
  }
  const limits = async (...args: string[]) =>
    (await runHamlet(['limits', '--config', mta.hamlet.configFile, ...args])).out

  it('recipients per hour of a client are exact over its messages, shown and reset', async () => {
    expect((await send('192.0.2.20', 3)).codes).toEqual([250, 250, 250])
    const second = await send('192.0.2.20', 4)
    expect(second.codes).toEqual([250, 250, 451, 451])
    expect(second.texts[2]).toMatch(/^4\.7\.1 .*Too many recipients from your address/)
    // who was let in gets the mail
    expect(second.end).toBe(250)
    expect((await send('192.0.2.21', 1)).codes).toEqual([250])
    await mta.hamlet.untilLogged(/192\.0\.2\.20.*LIMIT_RECIPIENTS|LIMIT_RECIPIENTS.*192\.0\.2\.20/)
    expect(await limits('show', '192.0.2.20')).toMatch(/192\.0\.2\.20 {2}5 of 5 recipients in the last hour/)
    await limits('reset', '192.0.2.20')
    expect((await send('192.0.2.20', 1)).codes).toEqual([250])
  })

  it('recipients per hour of a user are counted wherever it sends from, and said loudly', async () => {
    expect((await send('192.0.2.30', 3, ' LOGIN=carol')).codes).toEqual([250, 250, 250])
    const second = await send('198.51.100.30', 3, ' LOGIN=Carol')
    expect(second.codes).toEqual([250, 451, 451])
    expect(second.texts[1]).toMatch(/^4\.7\.1 .*Too many recipients from your account/)
    const alert =
      /user carol is over the limit of 4 recipients an hour, now from 198\.51\.100\.30: is the password stolen\?/i
    expect(await mta.hamlet.untilLogged(alert)).toMatch(/warn/i)
    // once, not for each of the recipients that a bot tries
    expect(
      mta.hamlet
        .log()
        .split('\n')
        .filter((line) => alert.test(line)),
    ).toHaveLength(1)
    expect(await limits('show', 'carol')).toMatch(/carol {2}4 of 4 recipients of the user in the last hour/)
    await limits('reset', 'carol')
    expect((await send('198.51.100.30', 1, ' LOGIN=carol')).codes).toEqual([250])
  })

  it('messages per hour of a user stop a stolen account, and no other', async () => {
    const codes: (number | undefined)[] = []
    for (let host = 1; host <= 5; host++)
      codes.push((await send(`203.0.113.${host}`, 1, ' LOGIN=dave')).codes[0])
    expect(codes).toEqual([250, 250, 250, 451, 451])
    await mta.hamlet.untilLogged(/user dave is over the limit of 3 messages an hour, now from 203\.0\.113\.4/)
    expect(await limits('show', 'dave')).toMatch(/dave {2}3 of 3 messages of the user in the last hour/)
    expect((await send('203.0.113.1', 1, ' LOGIN=erin')).codes).toEqual([250])
    const spared: (number | undefined)[] = []
    for (let times = 0; times < 5; times++)
      spared.push((await send('203.0.113.9', 1, ' LOGIN=newsletter')).codes[0])
    expect(spared).toEqual([250, 250, 250, 250, 250])
  })

  it('IPv6 clients are counted by their /64', async () => {
    const codes: (number | undefined)[] = []
    for (let host = 1; host <= 5; host++) codes.push((await send(`IPV6:2001:db8::${host}`, 1)).codes[0])
    expect(codes).toEqual([250, 250, 250, 250, 451])
    expect((await send('IPV6:2001:db8:0:1::1', 1)).codes).toEqual([250])
    expect(await limits('show', '2001:db8::1')).toMatch(
      /2001:db8::\/64 {2}4 of 4 messages in the last hour\n2001:db8::\/64 {2}4 of 5 recipients/,
    )
    await limits('reset', '2001:db8::ffff')
    expect((await send('IPV6:2001:db8::5', 1)).codes).toEqual([250])
  })

  it('DNS lists are asked about IPv6 clients: one is refused, one gets points', async () => {
    const refused = await send('IPV6:2001:db8:bad:1::1', 1)
    expect(`${refused.codes[0]} ${refused.texts[0]}`).toMatch(
      /^550 5\.7\.1 .*Your address is listed by the test list/,
    )
    expect(await mta.hamlet.untilLogged(/BL_SPAM/)).toMatch(/2001:db8:bad:1::1/)
    expect((await send('IPV6:2001:db8:d::1', 1, '', 'dubious ipv6')).codes).toEqual([250])
    expect(await mta.hamlet.untilLogged(/BL_DUBIOUS/)).toMatch(/BL_DUBIOUS=1\.5/)
    expect((await send('IPV6:2001:db8:d::2', 1)).codes).toEqual([250])
  })
})
