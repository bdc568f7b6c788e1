/**
 * A part that is taken out of a mail, through a real Postfix and a relay that takes mail: the original, the notice and
 * the copy arrive, and journal, record, `why` and header say so. And: looking at a mail (`hamlet scan`) sends nothing.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from '@jest/globals'
import { smtpSink, type SmtpSink } from '../support/smtp-sink.ts'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { hamlet } from './support/hamlet.ts'
import { mail, TEST_RULES } from './support/mail.ts'
import { startUnbound, type NameServer } from './support/name-servers.ts'
import { waitFor } from './support/programs.ts'
import { SmtpClient } from './support/smtp-client.ts'

const EXE = Buffer.from('MZ\x90\0 this program cannot be run').toString('base64')
const withProgram = (subject: string): string =>
  mail(
    subject,
    `--b\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n--b\r\nContent-Type: application/x-msdownload; name=setup.exe\r\nContent-Transfer-Encoding: base64\r\n\r\n${EXE}\r\n--b--`,
    ['MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=b'],
  )

describeWith(
  'a part that is taken out',
  { ...POSTFIX_NEEDS, programs: [...POSTFIX_NEEDS.programs, 'unbound'] },
  () => {
    let relay: SmtpSink
    let names: NameServer
    afterAll(async () => relay?.close())
    const mta = filteredPostfix(async () => {
      relay = await smtpSink()
      names = await startUnbound([
        'sender.example. 60 IN TXT "v=spf1 ip4:192.0.2.7 -all"',
        'sender.example. 60 IN A 192.0.2.7',
      ])
      return {
        hamlet: {
          config: [
            'rules: ./rules.cf',
            `dns: { servers: ["${names.address}"], timeout: 1s }`,
            'dns_lists: { lists: [] }',
            'greylist: { enabled: false }',
            'links: { lists: [] }',
            'scores: { tag: 5, reject: 15 }',
            'actions: { copy_blocked_to: blocked@example.test }',
            `attachments: { relay: "${relay.address}", rules: [{ hit: NO_EXE, contents: [program], action: strip, copy_to: originals@example.test, notify_sender: true }] }`,
          ].join('\n'),
          files: { 'rules.cf': TEST_RULES },
        },
        postfix: { users: ['user@example.test'] },
        others: [names],
      }
    })
    const send = async (bytes: string) => {
      const client = await SmtpClient.session(mta.postfix.port, {
        xclient: 'ADDR=192.0.2.7 NAME=mx.sender.example',
      })
      const { answer } = await client.send({
        from: 'sender@sender.example',
        to: ['user@example.test'],
        bytes,
      })
      await client.quit()
      return answer
    }
    const mailsTo = (address: string) => relay.mails.filter(({ to }) => to.includes(address))

    it('is named in the header, the journal, the record and by why, with what was sent because of it', async () => {
      expect((await send(withProgram('take it out'))).code).toBe(250)
      const text = await mta.postfix.deliveredWith('take it out')
      expect(text.replace(/\r?\n[\t ]+/g, ' ')).toMatch(
        /^X-Spam-Removed: "setup\.exe" \(NO_EXE\); original to <originals@example\.test>: sent; notice to <sender@sender\.example>: to follow$/m,
      )
      expect(text).not.toContain(EXE)
      await mta.hamlet.untilLogged(
        /verdict=deliver .*removed="setup\.exe \(NO_EXE\)".*sent="original to <originals@example\.test>: sent; notice to <sender@sender\.example>: to follow"/,
      )
      await mta.hamlet.untilLogged(/notice to <sender@sender\.example>.*outcome=sent/)
      expect(mailsTo('originals@example.test')[0]?.text).toContain(EXE)
      expect(mailsTo('sender@sender.example')[0]?.text).toMatch(/setup\.exe/)
      const why = await waitFor(async () => {
        const { out } = await hamlet(['why', 'user@example.test', '--config', mta.hamlet.configFile])
        return out.includes('notice to') ? out : null
      }, 20_000)
      expect(why).toContain('taken out of it: "setup.exe" (NO_EXE)')
      expect(why).toContain('original to <originals@example.test>: sent')
      expect(why).toContain('notice to <sender@sender.example>: sent')
    }, 90_000)

    it('a copy of refused mail arrives, and its record says so', async () => {
      expect((await send(mail('reject-me copied'))).code).toBe(550)
      await mta.hamlet.untilLogged(/copy to <blocked@example\.test>.*outcome=sent/)
      expect(mailsTo('blocked@example.test')[0]?.text).toContain('reject-me copied')
    }, 60_000)

    it('looking at the same mails sends nothing and leaves no trace', async () => {
      const before = relay.mails.length
      const folder = mta.hamlet.folder
      writeFileSync(join(folder, 'one.eml'), withProgram('look at it'))
      writeFileSync(join(folder, 'two.eml'), mail('reject-me looked at'))
      for (const more of [[], ['--local']]) {
        const { out } = await hamlet([
          'scan',
          '--config',
          mta.hamlet.configFile,
          ...more,
          '--from',
          'sender@sender.example',
          '--client-ip',
          '192.0.2.7',
          join(folder, 'one.eml'),
          join(folder, 'two.eml'),
        ])
        expect(out).toMatch(/one\.eml: deliver/)
        expect(out).toMatch(/would send the original to <originals@example\.test>/)
        expect(out).toMatch(/two\.eml: reject/)
      }
      expect(relay.mails).toHaveLength(before)
      const { out } = await hamlet(['why', 'user@example.test', '--config', mta.hamlet.configFile])
      expect(out).not.toContain('look at it')
    }, 90_000)
  },
)
