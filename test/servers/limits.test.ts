/** Limits per client, session and message through a real Postfix: each with its own code, shown and lifted by `hamlet limits`. */
import { expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { hamlet as runHamlet, NO_DNS } from './support/hamlet.ts'
import { mail } from './support/mail.ts'
import { SmtpClient } from './support/smtp-client.ts'

const CONFIG = `
rules: builtin
${NO_DNS}
limits:
  messages_per_hour: 3
  connections: 2
  recipients_per_message: 3
  message_size: 64KB
  unknown_recipients: 3
  failed_commands: 5
`

describeWith('limits through Postfix', POSTFIX_NEEDS, () => {
  const mta = filteredPostfix(() => ({
    hamlet: { config: CONFIG },
    postfix: {
      users: ['user', 'other', 'third', 'fourth'].map((name) => `${name}@example.test`),
      settings: ['smtpd_client_connection_rate_limit = 0'],
    },
  }))

  const session = (address: string) =>
    SmtpClient.session(mta.postfix.port, { helo: 'mail.good.test', xclient: `ADDR=${address}` })
  const send = async (address: string, to = ['user@example.test']) => {
    const client = await session(address)
    const sent = await client.send({ from: 'a@pass.test', to, bytes: mail('hello') })
    await client.quit()
    return { ...sent, codes: sent.recipients.map(({ code, text }) => `${code} ${text}`) }
  }
  const limits = (...args: readonly string[]) =>
    runHamlet(['limits', '--config', mta.hamlet.configFile, ...args])

  it('messages per hour are exact, deferred, shown and reset', async () => {
    const codes: string[] = []
    for (let times = 0; times < 5; times++) codes.push((await send('192.0.2.20')).codes[0]?.slice(0, 9) ?? '')
    expect(codes).toEqual(['250 2.1.5', '250 2.1.5', '250 2.1.5', '451 4.7.1', '451 4.7.1'])
    expect((await limits('show', '192.0.2.20')).out).toMatch(
      /192\.0\.2\.20 {2}3 of 3 messages in the last hour/,
    )
    const reset = await limits('reset', '192.0.2.20')
    expect([reset.code, reset.out.trim()]).toEqual([0, '192.0.2.20: counters reset'])
    expect((await send('192.0.2.20')).codes[0]).toMatch(/^250 /)
  })

  it('who guesses recipients is shut out for recipients that exist, until let in again', async () => {
    const { codes } = await send(
      '192.0.2.30',
      ['a1', 'a2', 'a3', 'a4', 'user'].map((one) => `${one}@example.test`),
    )
    expect(codes.slice(0, 4).every((code) => code.startsWith('550 5.1.1 '))).toBe(true)
    expect(codes[4]).toMatch(/^451 4\.7\.1 .*Too many unknown recipients/)
    expect((await send('192.0.2.30')).codes[0]).toMatch(/^451 4\.7\.1 /)
    expect((await send('192.0.2.31')).codes[0]).toMatch(/^250 /)
    await mta.hamlet.untilLogged(/client 192\.0\.2\.30 is shut out: 4 unknown recipients within an hour/)
    expect((await limits()).out).toMatch(/192\.0\.2\.30 {2}shut out for 60 min: 4 unknown recipients/)
    await limits('reset', '192.0.2.30')
    expect((await send('192.0.2.30')).codes[0]).toMatch(/^250 /)
  })

  it('who speaks no SMTP is hung up on', async () => {
    const client = await session('192.0.2.40')
    for (let times = 0; times < 5; times++) expect((await client.command('SHOW TABLES')).code).toBe(500)
    const last = await client.command('ls -l')
    expect(last.code).toBe(421)
    expect(last.text).toMatch(/\(ref \w+/)
    await expect(client.command('NOOP')).rejects.toThrow(/closed|ECONN|EPIPE/)
    await mta.hamlet.untilLogged(/LIMIT_FAILED_COMMANDS detail="6 unknown commands, limit 5"/)
  })

  it('mails begun and given up, and recipients that are refused, end the session too', async () => {
    const client = await session('192.0.2.41')
    for (let times = 0; times < 2; times++) {
      expect((await client.command('MAIL FROM:<a@pass.test>')).code).toBe(250)
      expect((await client.command('RSET')).code).toBe(250)
    }
    await client.command('MAIL FROM:<a@pass.test>')
    for (const name of ['a1', 'a2', 'a3'])
      expect((await client.command(`RCPT TO:<${name}@example.test>`)).code).toBe(550)
    expect((await client.command('SHOW TABLES')).code).toBe(421)
    await mta.hamlet.untilLogged(
      /LIMIT_FAILED_COMMANDS detail="1 unknown commands, 3 refused recipients, 2 aborted mails, limit 5"/,
    )
  })

  it('recipients of one message and its size have limits with their own codes', async () => {
    const to = ['user', 'other', 'third', 'fourth'].map((one) => `${one}@example.test`)
    const { codes, answer } = await send('192.0.2.50', to)
    expect(codes.map((code) => code.slice(0, 9))).toEqual([
      '250 2.1.5',
      '250 2.1.5',
      '250 2.1.5',
      '452 4.5.3',
    ])
    expect(answer.code).toBe(250)
    const client = await session('192.0.2.50')
    await client.command('MAIL FROM:<a@pass.test> SIZE=100000')
    expect((await client.command('RCPT TO:<user@example.test>')).text).toMatch(/^5\.3\.4 /)
    await client.quit()
    const unannounced = await session('192.0.2.50')
    const { answer: end } = await unannounced.send({
      from: 'a@pass.test',
      to: ['user@example.test'],
      bytes: mail('large one', 'x'.repeat(70).concat('\r\n').repeat(1200)),
    })
    expect(`${end.code} ${end.text}`).toMatch(/^552 5\.3\.4 .*Message is larger than 65536 octets/)
    await unannounced.quit()
  })

  it('connections at once are counted exactly, and given back', async () => {
    const open = [await session('192.0.2.60'), await session('192.0.2.60')]
    const { client: third } = await SmtpClient.connect(mta.postfix.port)
    expect((await third.command('XCLIENT ADDR=192.0.2.60')).code).toBe(421)
    third.destroy()
    await open[0]!.quit()
    open[1]!.destroy()
    await mta.hamlet.untilLogged(/LIMIT_CONNECTIONS/)
    for (let tries = 0; ; tries++) {
      const { client } = await SmtpClient.connect(mta.postfix.port)
      const { code } = await client.command('XCLIENT ADDR=192.0.2.60')
      await client.quit()
      if (code === 220) break
      expect(tries).toBeLessThan(50)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })
})
