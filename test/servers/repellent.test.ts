/** The held-back greeting through a real Postfix, also on ports where TLS comes before the greeting. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { NO_DNS } from './support/hamlet.ts'
import { mail } from './support/mail.ts'
import { freePort } from './support/programs.ts'
import { SmtpClient } from './support/smtp-client.ts'

const DELAY = 1500

describeWith('the repellent through Postfix', POSTFIX_NEEDS, () => {
  let named: number
  let unnamed: number
  const mta = filteredPostfix(async () => {
    named = await freePort()
    unnamed = await freePort()
    const repellent = `{ delay: ${DELAY}ms, exempt: [], most_waiting: 3, tls_ports: [${named}] }`
    return {
      hamlet: { config: `rules: builtin\n${NO_DNS}\nrepellent: ${repellent}` },
      postfix: {
        users: ['user@example.test'],
        services: [named, unnamed].flatMap((port) => [
          `127.0.0.1:${port} inet n - n - - smtpd`,
          '  -o smtpd_tls_wrappermode=yes',
        ]),
      },
    }
  })

  const deliver = async (client: SmtpClient, subject: string) => {
    await client.command('EHLO mail.good.test')
    const { answer } = await client.send({
      from: 'a@b.test',
      to: ['user@example.test'],
      bytes: mail(subject),
    })
    await client.quit()
    return answer.code
  }

  it('holds the greeting back, and lets who waits deliver', async () => {
    const started = Date.now()
    const { client } = await SmtpClient.connect(mta.postfix.port)
    expect(Date.now() - started).toBeGreaterThan(DELAY - 100)
    expect(await deliver(client, 'patient')).toBe(250)
  })

  it('holds back only so many at once', async () => {
    const started = Date.now()
    const clients = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const { client } = await SmtpClient.connect(mta.postfix.port)
        return { client, after: Date.now() - started }
      }),
    )
    const held = clients.filter(({ after }) => after > DELAY - 100)
    expect(held).toHaveLength(3)
    for (const { client } of clients) await client.quit()
  })

  it('greets at once on a port of wrapped TLS that is named', async () => {
    const client = await SmtpClient.openTls(named)
    const started = Date.now()
    expect((await client.answer()).code).toBe(220)
    expect(Date.now() - started).toBeLessThan(DELAY - 500)
    expect(await deliver(client, 'over tls')).toBe(250)
  })

  it('greets at once on one that is not named', async () => {
    const client = await SmtpClient.openTls(unnamed)
    const started = Date.now()
    expect((await client.answer()).code).toBe(220)
    expect(Date.now() - started).toBeLessThan(DELAY - 500)
    expect(await deliver(client, 'over tls elsewhere')).toBe(250)
  })

  it('takes nobody there for an early talker', async () => {
    const client = await SmtpClient.openTls(named)
    client.write('EHLO eager.example\r\n')
    expect((await client.answer()).code).toBe(220)
    expect((await client.answer()).code).toBe(250)
    await client.command('MAIL FROM:<a@b.test>')
    expect((await client.command('RCPT TO:<user@example.test>')).code).toBe(250)
    await client.quit()
    expect(mta.hamlet.log()).not.toMatch(/EARLY_TALKER/)
  })

  it('finds who talks before the greeting, and refuses at RCPT', async () => {
    const client = SmtpClient.open(mta.postfix.port)
    await sleep(200)
    client.write('EHLO impatient.example\r\n')
    const started = Date.now()
    expect((await client.answer()).code).toBe(220)
    expect(Date.now() - started).toBeLessThan(DELAY - 300)
    await client.answer()
    await client.command('MAIL FROM:<a@b.test>')
    const refused = await client.command('RCPT TO:<user@example.test>')
    expect(`${refused.code} ${refused.text}`).toMatch(/^550 5\.5\.0 .*wait for the greeting/)
    await client.quit()
    await mta.hamlet.untilLogged(/EARLY_TALKER/)
  })
})
