/** The quarantine tool over the queue of a real Sendmail. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { FILTERED_SENDMAIL_NEEDS } from './support/filtered-sendmail.ts'
import { type Hamlet, hamlet as run, NO_DNS, startHamlet } from './support/hamlet.ts'
import { mail, TEST_RULES } from './support/mail.ts'
import { waitFor } from './support/programs.ts'
import { ENVIRONMENT, PROGRAM, startSendmail, type Sendmail } from './support/sendmail.ts'
import { SmtpClient } from './support/smtp-client.ts'

const SETTINGS = [
  'rules: ./rules.cf',
  NO_DNS,
  'links: { lists: [] }',
  'scores: { tag: 5, quarantine: 8, reject: 15 }',
].join('\n')

describeWith('hamlet quarantine with Sendmail', FILTERED_SENDMAIL_NEEDS, () => {
  let filter: Hamlet
  let sendmail: Sendmail
  beforeAll(async () => {
    filter = await startHamlet({ config: SETTINGS, files: { 'rules.cf': TEST_RULES } })
    sendmail = await startSendmail(`inet:${filter.port}@127.0.0.1`)
    // Sendmail sleeps for a minute on a host without a domain in its name
    const program = join(filter.folder, 'sendmail')
    const script = `exec unshare --uts sh -c 'hostname mail.example.test; exec "$@"' sh ${PROGRAM} "$@"`
    writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    const quarantine = `{ mta: sendmail, queue_directory: "${join(sendmail.folder, 'queue')}", sendmail: "${program}", config: "${join(sendmail.folder, 'sendmail.cf')}" }`
    writeFileSync(join(filter.folder, 'tool.yaml'), `state: ./state\nquarantine: ${quarantine}\n`)
  }, 60_000)
  afterAll(async () => {
    await sendmail?.stop()
    await filter?.stop()
    filter?.remove()
  }, 60_000)

  const tool = (...args: string[]) =>
    run(['quarantine', ...args, '--config', join(filter.folder, 'tool.yaml')], { env: ENVIRONMENT })
  const hold = async (subject: string, body: string) => {
    const before = new Set(sendmail.queue())
    const client = await SmtpClient.session(sendmail.port)
    const { answer } = await client.send({
      from: 'sender@sender.example',
      to: ['user@example.test'],
      bytes: Buffer.from(mail(subject, body), 'latin1'),
    })
    expect(answer.code).toBe(250)
    await client.quit()
    const control = await waitFor(
      () => sendmail.queue().find((name) => name.startsWith('hf') && !before.has(name)),
      20_000,
      sendmail.log,
    )
    return control.slice(2)
  }

  it('lists, shows and releases', async () => {
    const id = await hold('hold-me release', 'caf\xe9\r\n.dot\r\nlast line')
    const listed = await tool('list')
    expect(listed.out).toMatch(
      new RegExp(
        `^${id}  .*9\\.0  <sender@sender\\.example> -> .*user@example\\.test  "hold-me release"`,
        'm',
      ),
    )
    const shown = await tool('show', id)
    expect(shown.out).toContain('Subject: hold-me release\n')
    expect(shown.out.trimEnd()).toMatch(/\.dot\nlast line$/)
    expect(await tool('release', id)).toMatchObject({ code: 0, out: `${id}: released\n` })
    const [delivered] = await sendmail.untilDelivered(1)
    expect(delivered).toContain('hold-me release')
    expect(delivered?.trimEnd()).toMatch(/caf\xe9\r?\n\.dot\r?\nlast line$/)
    expect((await tool('list')).err).toContain('nothing is held')
  }, 60_000)

  it('deletes', async () => {
    const id = await hold('hold-me delete', 'x')
    expect(await tool('delete', id)).toMatchObject({ code: 0, out: `${id}: deleted\n` })
    expect(sendmail.queue().filter((name) => name.endsWith(id))).toEqual([])
  }, 60_000)
})
