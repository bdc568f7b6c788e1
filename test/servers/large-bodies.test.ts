/** More large mail at once than may be in memory, through Postfix: all of it arrives whole, and nothing of it is left. */
import { existsSync, readdirSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { NO_DNS } from './support/hamlet.ts'
import { mail, TEST_RULES } from './support/mail.ts'
import { SmtpClient } from './support/smtp-client.ts'

const MAILS = 12
/** Lines of 76 octets, as base64 has them: 4 MB a mail. */
const LINES = 52_000

describeWith('large mail at once', POSTFIX_NEEDS, () => {
  const servers = filteredPostfix(() => ({
    hamlet: {
      config: ['rules: ./rules.cf', NO_DNS, 'milter: { memory: 16MB }'].join('\n'),
      files: { 'rules.cf': TEST_RULES },
    },
  }))
  const bodyOf = (number: number): string => `${`${number} `.padEnd(76, 'abcdefgh')}\r\n`.repeat(LINES)
  const digest = (text: string) =>
    createHash('sha256').update(text.replace(/\r\n/g, '\n').trimEnd()).digest('hex')

  it('arrives whole, judged, and leaves no file', async () => {
    const answers = await Promise.all(
      Array.from({ length: MAILS }, async (_, number) => {
        const client = await SmtpClient.session(servers.postfix.port)
        const { answer } = await client.send({
          from: 'sender@sender.example',
          to: ['user@example.test'],
          bytes: mail(`number ${number}; tag-me`, bodyOf(number)),
        })
        await client.quit()
        return answer.code
      }),
    )
    expect(answers).toEqual(Array.from({ length: MAILS }, () => 250))
    const delivered = await servers.postfix.untilDelivered(MAILS, 60_000)
    const found = delivered.map((text) => {
      const number = Number(/^Subject: .*number (\d+);/m.exec(text)?.[1])
      const body = text.slice(text.indexOf('\n\n') + 2)
      return [number, digest(body) === digest(bodyOf(number)), /^X-Spam-Flag: YES/m.test(text)]
    })
    expect(found.toSorted(([one], [other]) => Number(one) - Number(other))).toEqual(
      Array.from({ length: MAILS }, (_, number) => [number, true, true]),
    )
    const spool = join(servers.hamlet.folder, 'state', 'spool')
    // it was used, since not all of this finds room
    expect(existsSync(spool)).toBe(true)
    expect(readdirSync(spool)).toEqual([])
    expect(servers.hamlet.log()).not.toMatch(/no room in memory|error:/)
  }, 120_000)
})
