/** The process ends: killed while mail flows (nothing is lost, nothing comes twice), stopped in the middle of its start. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { NO_DNS, startHamlet } from './support/hamlet.ts'
import { mail, TEST_RULES } from './support/mail.ts'
import { startPostfix } from './support/postfix.ts'
import { SmtpClient } from './support/smtp-client.ts'

const MAILS = 60
const SENDERS = 4
const CONFIG = {
  config: ['rules: ./rules.cf', NO_DNS].join('\n'),
  files: { 'rules.cf': TEST_RULES },
}

describeWith('a crash in the middle', { programs: ['postfix', 'openssl'], root: true }, () => {
  it('loses nothing and repeats nothing', async () => {
    const hamlet = await startHamlet(CONFIG)
    const postfix = await startPostfix({ milters: hamlet.milter })
    let deferred = 0
    /** As a real sender: a 4xx or a lost connection is tried again later, a 250 never. */
    const sendUntilTaken = async (number: number): Promise<void> => {
      for (;;) {
        try {
          const { client } = await SmtpClient.connect(postfix.port)
          await client.command('EHLO client.example')
          const { answer } = await client.send({
            from: 'sender@sender.example',
            to: ['user@example.test'],
            bytes: mail(`number ${number};`),
          })
          await client.quit()
          if (answer.code === 250) return
        } catch {
          // the connection broke before the answer: Postfix has not taken the mail
        }
        deferred++
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    }
    const numbers = Array.from({ length: MAILS }, (_, index) => index)
    const senders = Array.from({ length: SENDERS }, async () => {
      for (let number = numbers.shift(); number !== undefined; number = numbers.shift())
        await sendUntilTaken(number)
    })
    await postfix.untilDelivered(10)
    await hamlet.stop('SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 500))
    const again = await hamlet.restart()
    await Promise.all(senders)
    const delivered = await postfix.untilDelivered(MAILS)
    await again.stop()
    postfix.stop()
    const subjects = delivered.map((text) => /^Subject: (number \d+;)/m.exec(text)?.[1])
    expect(new Set(subjects).size).toBe(MAILS)
    expect(delivered).toHaveLength(MAILS)
    expect(deferred).toBeGreaterThan(0)
    for (const name of ['state.sqlite', 'bayes.sqlite']) {
      const database = new Database(join(hamlet.folder, 'state', name))
      expect(database.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }])
      database.close()
    }
    hamlet.remove()
  }, 90_000)
})

describe('the process', () => {
  it('runs with the options of V8 that cannot be changed later, and is still the one that was started', async () => {
    const hamlet = await startHamlet(CONFIG)
    const words = readFileSync(`/proc/${hamlet.running.process.pid}/cmdline`, 'latin1').split('\0')
    expect(words).toContain('--no-regexp-tier-up')
    expect(words.filter((word) => word === '--config')).toHaveLength(1)
    expect(await hamlet.stop()).toBe(0)
    hamlet.remove()
  }, 30_000)

  it('finds every worker ready to be ended when it is stopped as soon as it listens', async () => {
    for (let round = 0; round < 3; round++) {
      const hamlet = await startHamlet({ ...CONFIG, config: `${CONFIG.config}\nscan: { workers: 4 }` })
      expect(await hamlet.stop()).toBe(0)
      hamlet.remove()
    }
  }, 90_000)
})
