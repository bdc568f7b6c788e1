/**
 * SMTP-time protection through a real Sendmail, which has no XCLIENT: every client is this host. What it hears at which
 * command: greylisting, a refusal found at CONNECT, limits with their own codes, the held-back greeting.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { FILTERED_SENDMAIL_NEEDS, throughSendmail } from './support/filtered-sendmail.ts'
import { type Hamlet, NO_DNS } from './support/hamlet.ts'
import { mail } from './support/mail.ts'
import type { Sendmail } from './support/sendmail.ts'
import { SmtpClient } from './support/smtp-client.ts'

const COMMON = ['rules: builtin', NO_DNS].join('\n')

describeWith('SMTP-time checks through Sendmail', FILTERED_SENDMAIL_NEEDS, () => {
  const through = (settings: string, tests: (sendmail: Sendmail, hamlet: Hamlet) => Promise<void>) =>
    throughSendmail({ config: `${COMMON}\n${settings}\n` }, tests)
  const send = async (sendmail: Sendmail, subject: string, to: readonly string[] = ['user@example.test']) => {
    const client = await SmtpClient.session(sendmail.port)
    const sent = await client.send({ from: 'a@sender.example', to, bytes: mail(subject) })
    await client.quit()
    return { end: sent.answer.code, said: sent.recipients.map(({ code, text }) => `${code} ${text}`) }
  }

  it('greylisting defers, accepts after the delay, and knows the sender from then on', async () => {
    await through(
      'greylist: { enabled: true, exempt: [], delay: 1s, longest_delay: 1m }',
      async (sendmail, hamlet) => {
        const first = await send(sendmail, 'too early')
        expect(first.said[0]).toMatch(/^451 4\.7\.1 Greylisted, please try again in 1 seconds/)
        expect(first.end).not.toBe(250)
        await sleep(1100)
        expect(await send(sendmail, 'came back')).toMatchObject({ end: 250 })
        expect(await send(sendmail, 'known by now')).toMatchObject({ end: 250 })
        await hamlet.untilLogged(/GREYLIST_CAME_BACK/)
        const delivered = await sendmail.untilDelivered(2)
        expect(delivered.join('\n')).not.toMatch(/too early/)
      },
    )
  }, 60_000)

  it('a refusal found at CONNECT is said at RCPT, and postmaster is reached', async () => {
    await through(
      'groups: { here: [127.0.0.0/8] }\nclients: { deny: [{ group: here, action: reject }] }',
      async (sendmail, hamlet) => {
        const { said, end } = await send(sendmail, 'to postmaster', [
          'user@example.test',
          'postmaster@example.test',
        ])
        expect(said[0]).toMatch(/^550 5\.7\.1 .*Access denied for this client address/)
        expect(said[1]).toMatch(/^250 /)
        expect(end).toBe(250)
        const line = await hamlet.untilLogged(/CLIENT_DENIED/)
        expect(line).toMatch(/from=<a@sender\.example>/)
        expect(line).toMatch(/to=<user@example\.test>/)
      },
    )
  }, 60_000)

  it('limits answer with codes of their own', async () => {
    await through(
      'limits: { recipients_per_message: 2, message_size: 64KB, failed_commands: 2, messages_per_hour: 2 }',
      async (sendmail) => {
        const to = ['one', 'two', 'three'].map((name) => `${name}@example.test`)
        const { said, end } = await send(sendmail, 'three recipients', to)
        expect(said.map((text) => text.slice(0, 9))).toEqual(['250 2.1.5', '250 2.1.5', '452 4.5.3'])
        expect(end).toBe(250)
        const large = await SmtpClient.session(sendmail.port)
        await large.command('MAIL FROM:<a@sender.example> SIZE=100000')
        expect((await large.command('RCPT TO:<user@example.test>')).text).toMatch(/^5\.3\.4 /)
        await large.quit()
        const third = await send(sendmail, 'third within the hour')
        expect(third.said[0]).toMatch(/^451 4\.7\.1 Too many messages from your address/)
        const babble = await SmtpClient.session(sendmail.port)
        expect((await babble.command('LOGIN admin')).code).toBe(500)
        expect((await babble.command('SHOW TABLES')).code).toBe(500)
        expect((await babble.command('ls -l')).code).toBe(421)
        babble.destroy()
      },
    )
  }, 60_000)

  it('the repellent holds the greeting back, lets who waits deliver, and cuts off who does not wait', async () => {
    await through('repellent: { delay: 1500ms, exempt: [] }', async (sendmail, hamlet) => {
      const started = Date.now()
      const client = await SmtpClient.session(sendmail.port)
      expect(Date.now() - started).toBeGreaterThan(1400)
      const patient = await client.send({
        from: 'a@sender.example',
        to: ['user@example.test'],
        bytes: mail('patient'),
      })
      expect(patient.answer.code).toBe(250)
      await client.quit()
      expect(hamlet.log()).not.toMatch(/EARLY_TALKER/)
      const eager = SmtpClient.open(sendmail.port)
      eager.write('EHLO impatient.example\r\n')
      // Sendmail hangs up on words it has not read, and the reset may overtake its reply
      const code = await eager.answer().then(
        (answer) => answer.code,
        () => 421,
      )
      expect(code).toBe(421)
      eager.destroy()
      await hamlet.untilLogged(/verdict=defer at=CONNECT test=EARLY_TALKER .*reply="421 4\.5\.0"/)
    })
  }, 60_000)

  it('with hang_up: false it refuses at RCPT who does not wait', async () => {
    await through('repellent: { delay: 1500ms, exempt: [], hang_up: false }', async (sendmail) => {
      const eager = SmtpClient.open(sendmail.port)
      eager.write('EHLO impatient.example\r\n')
      await eager.answer()
      await eager.answer()
      await eager.command('MAIL FROM:<a@sender.example>')
      const refused = await eager.command('RCPT TO:<user@example.test>')
      await eager.quit()
      expect(`${refused.code} ${refused.text}`).toMatch(/^550 5\.5\.0 .*You must wait for the greeting/)
    })
  }, 60_000)
})
