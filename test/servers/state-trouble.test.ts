/** Mail through Postfix while something is wrong with the databases: none is lost, none comes twice, and it is said. */
import { existsSync, readdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { hamlet as run, NO_DNS } from './support/hamlet.ts'
import { mail, TEST_RULES } from './support/mail.ts'
import { waitFor } from './support/programs.ts'
import { SmtpClient } from './support/smtp-client.ts'

const FILES = ['state', 'counters', 'greylist', 'reputation', 'history', 'bayes', 'seen']
const SENDERS = 4

describeWith('databases in trouble', POSTFIX_NEEDS, () => {
  const servers = filteredPostfix(() => ({
    hamlet: {
      config: [
        'rules: ./rules.cf',
        NO_DNS,
        'limits: { messages_per_hour: 100000 }',
        'greylist: { enabled: true, delay: 1s }',
        'bayes: { autolearn: { enabled: false } }',
      ].join('\n'),
      files: { 'rules.cf': TEST_RULES },
    },
    postfix: { settings: ['smtpd_authorized_xclient_hosts = 127.0.0.0/8'] },
  }))
  const state = () => join(servers.hamlet.folder, 'state')
  const file = (name: string) => join(state(), `${name}.sqlite`)
  let sent = 0

  /** Sends so many mails, four at a time; each is taken in the end, as a real sender would go on until it is. */
  const send = async (count: number): Promise<void> => {
    const numbers = Array.from({ length: count }, () => ++sent)
    const sender = async (): Promise<void> => {
      for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
        for (let code = 0; code !== 250;) {
          const client = await SmtpClient.session(servers.postfix.port, {
            xclient: `ADDR=192.0.2.${1 + (number % 200)} NAME=mx${number % 200}.sender.example`,
          })
          const { answer } = await client.send({
            from: `sender${number % 50}@sender.example`,
            to: ['user@example.test'],
            bytes: mail(`number ${number};`),
          })
          await client.quit()
          code = answer.code
          if (code !== 250) await new Promise((resolve) => setTimeout(resolve, 300))
        }
      }
    }
    await Promise.all(Array.from({ length: SENDERS }, sender))
  }
  const allDelivered = async (): Promise<void> => {
    const delivered = await servers.postfix.untilDelivered(sent, 30_000)
    const numbers = delivered.map((text) => /^Subject: number (\d+);/m.exec(text)?.[1])
    expect(new Set(numbers).size).toBe(sent)
    expect(delivered).toHaveLength(sent)
  }

  it('every file locked by another program: mail flows, and what had to wait is written afterwards', async () => {
    await send(20)
    const others = FILES.filter((name) => existsSync(file(name))).map((name) => {
      const other = new Database(file(name), { timeout: 10_000 })
      other.exec('BEGIN IMMEDIATE')
      return other
    })
    expect(others.length).toBeGreaterThanOrEqual(5)
    await send(60)
    await allDelivered()
    for (const other of others) {
      other.exec('COMMIT')
      other.close()
    }
    for (const name of ['reputation', 'greylist', 'counters'])
      await servers.hamlet.untilLogged(new RegExp(`${name}\\.sqlite can be used again`), 30_000)
    await servers.hamlet.untilLogged(/decisions are recorded again/, 30_000)
    expect(servers.hamlet.log()).toMatch(/unavailable="?[^\n]*is locked by another program/)
    const why = async () =>
      (
        await run([
          'why',
          '--config',
          servers.hamlet.configFile,
          '--limit',
          '500',
          '--json',
          '@sender.example',
        ])
      ).out
    const recorded = await waitFor(async () => {
      const lines = (await why()).trim().split('\n')
      return lines.length >= sent ? lines : null
    }, 30_000)
    expect(recorded.length).toBeGreaterThanOrEqual(sent)
    const reputation = new Database(file('reputation'), { readonly: true })
    const mails = Number(reputation.prepare('SELECT sum(mails) FROM reputation').pluck().get())
    reputation.close()
    // one sender, whose past weighs at most as much as fifty mails
    expect(mails).toBeGreaterThan(50)
  }, 180_000)

  it('every file damaged while it is in use: moved aside, said once each, and mail flows', async () => {
    const before = sent
    for (const name of ['state', 'counters', 'greylist', 'reputation', 'history', 'bayes', 'seen']) {
      if (!existsSync(file(name))) continue
      const other = new Database(file(name), { timeout: 10_000 })
      other.pragma('wal_checkpoint(TRUNCATE)')
      other.close()
      truncateSync(file(name), 4096)
    }
    await send(40)
    await allDelivered()
    for (const name of ['counters', 'greylist', 'reputation', 'history'])
      await servers.hamlet.untilLogged(new RegExp(`${name}\\.sqlite is damaged.*\\.damaged-`), 30_000)
    await waitFor(async () => {
      await send(1)
      return readdirSync(state()).some((name) => name.startsWith('bayes.sqlite.damaged-'))
    }, 60_000)
    await servers.hamlet.untilLogged(/bayes\.sqlite is damaged.*\.damaged-/, 30_000)
    expect(
      readdirSync(state()).filter((name) => /^seen\.sqlite\.damaged-[^-]+-[^-]+-[^-]+$/.test(name)),
    ).toHaveLength(1)
    for (const name of ['counters', 'greylist', 'reputation', 'history', 'bayes'])
      expect(
        servers.hamlet.log().match(new RegExp(`${name}\\.sqlite is damaged[^\n]*is now`, 'g')),
      ).toHaveLength(1)
    await waitFor(async () => {
      await send(1)
      const { code } = await run(['why', '--config', servers.hamlet.configFile, `@sender.example`])
      return code === 0
    }, 30_000)
    await allDelivered()
    expect(sent).toBeGreaterThan(before)
  }, 240_000)
})
