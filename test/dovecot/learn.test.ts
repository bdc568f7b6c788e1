/** Users' folders teach the classifier: a real Dovecot, a real IMAP session, the shipped scripts and configuration. */
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from '../../lib/cli.ts'
import { openBayesStore } from '../../lib/store/bayes-sqlite.ts'
import type { JournalEntry } from '../../lib/store/bayes-store.ts'
import { describeWith } from '../servers/support/describe-with.ts'
import { ImapClient } from './imap.ts'
import { dovecotMissing, startDovecot } from './server.ts'
import type { TestDovecot } from './server.ts'

const reason = dovecotMissing()
const PORT = 21_000 + (process.pid % 4000)
const mail = (name: string) =>
  `Message-ID: <${name}@example.org>\r\nFrom: a@example.org\r\nSubject: ${name}\r\n\r\ntext of ${name}\r\n`

describeWith(
  'learning from folders',
  { programs: [], other: { name: reason ?? 'Dovecot', isThere: () => reason === null } },
  () => {
    let home = ''
    let server: TestDovecot
    let client: ImapClient
    beforeAll(async () => {
      home = mkdtempSync(join(tmpdir(), 'hamlet-dovecot-'))
      server = await startDovecot(home, PORT)
      client = await ImapClient.login(PORT, 'anna')
    }, 60_000)
    afterAll(async () => {
      client?.close()
      await server?.stop()
      rmSync(home, { recursive: true })
    })

    async function journal(): Promise<readonly JournalEntry[]> {
      const said: string[] = []
      const terminal = {
        stdin: process.stdin,
        out: () => undefined,
        err: (line: string) => void said.push(line),
      }
      expect(await main(['learn', 'spool', '--config', server.config, server.spool], terminal)).toBe(0)
      expect(said).toEqual([])
      expect(readdirSync(server.spool)).toEqual([])
      const store = openBayesStore(server.state)
      try {
        return store.journal({})
      } finally {
        store.close()
      }
    }
    const lessons = async (name: string) =>
      (await journal())
        .filter(({ about }) => about === `<${name}@example.org>`)
        .map(({ as, who, source }) => `${as} ${source}/${who}`)
    async function put(name: string, folder = 'INBOX'): Promise<void> {
      await client.command(`APPEND ${folder}`, mail(name))
    }
    async function move(name: string, from: string, to: string): Promise<void> {
      await client.command(`SELECT ${from}`)
      const found = await client.command(`UID SEARCH SUBJECT ${name}`)
      await client.command(
        `UID MOVE ${/\* SEARCH ([\d ]+)/.exec(found)![1]!.trim().replaceAll(' ', ',')} ${to}`,
      )
    }

    it('learns spam from a move into Junk, and ham from the move back', async () => {
      await put('first')
      await move('first', 'INBOX', 'Junk')
      expect(await lessons('first')).toEqual(['spam folder/anna'])
      await move('first', 'Junk', 'INBOX')
      expect((await lessons('first'))[0]).toBe('ham folder/anna')
    }, 60_000)
    it('learns nothing from throwing junk away', async () => {
      await put('second')
      await move('second', 'INBOX', 'Junk')
      await move('second', 'Junk', 'Trash')
      await put('third')
      await move('third', 'INBOX', 'Junk')
      await move('third', 'Junk', '"Deleted Items"')
      expect(await lessons('second')).toEqual(['spam folder/anna'])
      expect(await lessons('third')).toEqual(['spam folder/anna'])
    }, 60_000)
    it('learns from the flags of clients that mark without moving', async () => {
      await put('fourth')
      await client.command('SELECT INBOX')
      const uid = /\* SEARCH (\d+)/.exec(await client.command('UID SEARCH SUBJECT fourth'))![1]!
      await client.command(`UID STORE ${uid} +FLAGS ($Junk)`)
      expect(await lessons('fourth')).toEqual(['spam folder/anna'])
      await client.command(`UID STORE ${uid} -FLAGS ($Junk)`)
      await client.command(`UID STORE ${uid} +FLAGS ($NotJunk)`)
      expect((await lessons('fourth'))[0]).toBe('ham folder/anna')
      await client.command(`UID STORE ${uid} +FLAGS (\\Seen)`)
      expect(await lessons('fourth')).toHaveLength(3)
    }, 60_000)
    it('loses no lesson when several clients move at once', async () => {
      const clients = await Promise.all(['ben', 'carla', 'dora'].map((user) => ImapClient.login(PORT, user)))
      await Promise.all(
        clients.map(async (one, index) => {
          for (const n of [1, 2, 3]) await one.command('APPEND INBOX', mail(`many-${index}-${n}`))
          await one.command('SELECT INBOX')
          await one.command('UID MOVE 1:* Junk')
          one.close()
        }),
      )
      const names = (await journal()).map(({ about }) => about)
      for (const index of [0, 1, 2])
        for (const n of [1, 2, 3]) expect(names).toContain(`<many-${index}-${n}@example.org>`)
    }, 120_000)
    it('moves a large folder at once', async () => {
      const one = await ImapClient.login(PORT, 'emil')
      for (let n = 0; n < 200; n++) await one.command('APPEND INBOX', mail(`large-${n}`))
      await one.command('SELECT INBOX')
      const started = performance.now()
      await one.command('UID MOVE 1:* Junk')
      const each = (performance.now() - started) / 200
      one.close()
      expect((await journal()).filter(({ about }) => about.startsWith('<large-'))).toHaveLength(200)
      expect(each).toBeLessThan(200)
    }, 120_000)
    it('moves the mail all the same, and says so, when the spool may not be written', async () => {
      chmodSync(server.spool, 0o700)
      await put('fifth')
      await move('fifth', 'INBOX', 'Junk')
      chmodSync(server.spool, 0o1733)
      expect(await lessons('fifth')).toEqual([])
      expect(server.log()).toContain('lesson of anna lost')
      await client.command('SELECT Junk')
      expect(await client.command('UID SEARCH SUBJECT fifth')).toMatch(/\* SEARCH \d/)
    }, 60_000)
  },
)
