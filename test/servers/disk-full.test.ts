/** The disk with the state directory is full for a while: mail flows, and the daemon finds its way back by itself. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { hamlet as run, NO_DNS, startHamlet } from './support/hamlet.ts'
import { mail, TEST_RULES } from './support/mail.ts'
import { startPostfix } from './support/postfix.ts'
import { removeFolder, temporaryFolder, waitFor } from './support/programs.ts'
import { SmtpClient } from './support/smtp-client.ts'

/** A file system of its own, of 24 MB; null where this user may not make one (most containers). */
function smallDisk(folder: string): string | null {
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk], { stdio: 'ignore' })
    return disk
  } catch {
    return null
  }
}

describeWith('a disk that is full', { programs: ['postfix', 'openssl', 'mount'], root: true }, () => {
  const folder = temporaryFolder('disk-full')
  const disk = smallDisk(folder)
  afterAll(() => {
    if (disk !== null) execFileSync('umount', ['-l', disk])
    removeFolder(folder)
  })

  it(
    disk === null ? 'cannot be tried here: no file system may be mounted' : 'costs no mail',
    async () => {
      if (disk === null) return
      const hamlet = await startHamlet({
        config: ['rules: ./rules.cf', NO_DNS, 'limits: { messages_per_hour: 100000 }'].join('\n'),
        files: { 'rules.cf': TEST_RULES },
        stateFolder: join(disk, 'state'),
      })
      const postfix = await startPostfix({
        milters: hamlet.milter,
        settings: ['smtpd_authorized_xclient_hosts = 127.0.0.0/8'],
      })
      let sent = 0
      const send = async (count: number): Promise<void> => {
        for (let index = 0; index < count; index++) {
          const number = ++sent
          const client = await SmtpClient.session(postfix.port, { xclient: `ADDR=192.0.2.${number}` })
          const { answer } = await client.send({
            from: `sender${number}@sender.example`,
            to: ['user@example.test'],
            bytes: mail(`number ${number};`),
          })
          await client.quit()
          expect(answer.code).toBe(250)
        }
      }
      try {
        await send(5)
        const filler = join(disk, 'filler')
        try {
          writeFileSync(filler, Buffer.alloc(30e6))
        } catch {
          // up to the last octet
        }
        await send(40)
        await postfix.untilDelivered(sent)
        expect(hamlet.log()).toMatch(/\.sqlite cannot be (written|read or written): the disk/)
        rmSync(filler)
        await hamlet.untilLogged(/decisions are recorded again|counters\.sqlite can be used again/, 30_000)
        await send(5)
        await postfix.untilDelivered(sent)
        await waitFor(async () => {
          const { out } = await run([
            'why',
            '--json',
            '--limit',
            '500',
            '--config',
            hamlet.configFile,
            '@sender.example',
          ])
          return out.split('\n').filter((line) => line !== '').length === sent
        }, 30_000)
        expect(await hamlet.stop()).toBe(0)
      } finally {
        await hamlet.stop('SIGKILL')
        postfix.stop()
        hamlet.remove()
      }
    },
    180_000,
  )
})
