/** The same through a real Sendmail, which has its own ideas of the protocol: ABORT, leading spaces, time-outs. */
import { expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { FILTERED_SENDMAIL_NEEDS, throughSendmail } from './support/filtered-sendmail.ts'
import { type Hamlet, type HamletOptions, NO_DNS } from './support/hamlet.ts'
import { mail, TEST_RULES } from './support/mail.ts'
import type { Sendmail } from './support/sendmail.ts'
import { SmtpClient } from './support/smtp-client.ts'
import { temporaryFolder } from './support/programs.ts'

const CONFIG: HamletOptions = {
  config: [
    'rules: ./rules.cf',
    NO_DNS,
    'scores: { tag: 5, quarantine: 8, reject: 15 }',
    'answer: { subject_prefix: "[SPAM] " }',
  ].join('\n'),
  files: { 'rules.cf': TEST_RULES },
}

describeWith('mail through Sendmail', FILTERED_SENDMAIL_NEEDS, () => {
  const through = (
    listen: string | undefined,
    tests: (sendmail: Sendmail, hamlet: Hamlet) => Promise<void>,
  ) => throughSendmail({ ...CONFIG, ...(listen === undefined ? {} : { listen }) }, tests)

  it('gives each verdict over TCP, several mails in one session', async () => {
    await through(undefined, async (sendmail, hamlet) => {
      const client = await SmtpClient.session(sendmail.port)
      const send = (subject: string) =>
        client.send({ from: 'sender@sender.example', to: ['user@example.test'], bytes: mail(subject) })
      const clean = await send('clean')
      const tagged = await send('tag-me')
      const refused = await send('reject-me')
      const held = await send('hold-me')
      const again = await send('clean again')
      await client.quit()
      expect([clean, tagged, refused, held, again].map(({ answer }) => answer.code)).toEqual([
        250, 250, 550, 250, 250,
      ])
      expect(refused.answer.text).toMatch(/^5\.7\.1 .*\(ref \w+-3\)/)
      const delivered = await sendmail.untilDelivered(3)
      expect(delivered.find((text) => text.includes('Subject: clean\n'))).toMatch(/^X-Spam-Status: No/m)
      const spam = delivered.find((text) => text.includes('tag-me')) ?? ''
      expect(spam).toMatch(/^X-Spam-Flag: YES$/m)
      expect(spam).toMatch(/^Subject: \[SPAM\] tag-me$/m)
      expect(sendmail.queue().some((file) => file.startsWith('hf'))).toBe(true)
      await hamlet.untilLogged(/verdict=quarantine/)
    })
  }, 60_000)

  it('works over a unix socket', async () => {
    // Sendmail refuses a socket below a folder that everybody may write to, such as /tmp
    const folder = temporaryFolder('socket', '/run')
    await through(`unix:${folder}/hamlet.sock`, async (sendmail) => {
      const client = await SmtpClient.session(sendmail.port)
      const { answer } = await client.send({
        from: 'a@sender.example',
        to: ['user@example.test'],
        bytes: mail('unix reject-me'),
      })
      await client.quit()
      expect(answer.code).toBe(550)
    })
  }, 60_000)
})
