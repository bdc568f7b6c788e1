/**
 * The spam repellent beside a port on which TLS begins before the greeting: clients speak first there, so nobody may
 * be held back or taken for an early talker, whether the port was named in the configuration or not.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { startHamlet, type Hamlet } from './support/hamlet.ts'
import { mail } from './support/mail.ts'
import { startPostfix, type Postfix } from './support/postfix.ts'
import { freePort } from './support/programs.ts'
import { SmtpClient } from './support/smtp-client.ts'

const DELAY = 1500

describeWith('the repellent and TLS-wrapped ports', { programs: ['postfix', 'openssl'], root: true }, () => {
  let hamlet: Hamlet
  let postfix: Postfix
  let named: number
  let unnamed: number
  beforeAll(async () => {
    named = await freePort()
    unnamed = await freePort()
    hamlet = await startHamlet({
      config:
        'rules: builtin\ndns: { servers: ["127.0.0.1:9"], timeout: 100ms }\ndns_lists: { lists: [] }\n' +
        `repellent: { delay: ${DELAY}ms, exempt: [], tls_ports: [${named}] }\n`,
    })
    postfix = await startPostfix({
      milters: hamlet.milter,
      services: [named, unnamed].flatMap((port) => [
        `127.0.0.1:${port} inet n - n - - smtpd`,
        '  -o smtpd_tls_wrappermode=yes',
      ]),
    })
  }, 60_000)
  afterAll(async () => {
    postfix?.stop()
    await hamlet?.stop()
    hamlet?.remove()
  }, 60_000)

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

  it('greet at once where the port is named', async () => {
    const client = await SmtpClient.openTls(named)
    const started = Date.now()
    expect((await client.answer()).code).toBe(220)
    expect(Date.now() - started).toBeLessThan(DELAY - 500)
    expect(await deliver(client, 'over tls')).toBe(250)
  })

  it('greet at once where the port is not named', async () => {
    const client = await SmtpClient.openTls(unnamed)
    const started = Date.now()
    expect((await client.answer()).code).toBe(220)
    expect(Date.now() - started).toBeLessThan(DELAY - 500)
    expect(await deliver(client, 'over tls elsewhere')).toBe(250)
  })

  it('take nobody for an early talker', async () => {
    const client = await SmtpClient.openTls(named)
    client.write('EHLO eager.example\r\n')
    expect((await client.answer()).code).toBe(220)
    expect((await client.answer()).code).toBe(250)
    await client.command('MAIL FROM:<a@b.test>')
    expect((await client.command('RCPT TO:<user@example.test>')).code).toBe(250)
    await client.quit()
    expect(hamlet.log()).not.toMatch(/EARLY_TALKER/)
  })

  it('leave the plain port as it is', async () => {
    const started = Date.now()
    const { client, greeting } = await SmtpClient.connect(postfix.port)
    expect(greeting.code).toBe(220)
    expect(Date.now() - started).toBeGreaterThan(DELAY - 100)
    await client.quit()
  })
})
