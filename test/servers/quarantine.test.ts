/** The quarantine tool over the hold queue of a real Postfix: exact octets, release without a second judgement, learning. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { type Hamlet, hamlet as run, NO_DNS, startHamlet } from './support/hamlet.ts'
import { mail, TEST_RULES } from './support/mail.ts'
import { startPostfix, type Postfix } from './support/postfix.ts'
import { SmtpClient } from './support/smtp-client.ts'
import { waitFor } from './support/programs.ts'

const settings = (postfix: string) =>
  [
    'rules: ./rules.cf',
    NO_DNS,
    'links: { lists: [] }',
    'scores: { tag: 5, quarantine: 8, reject: 15 }',
    'answer: { subject_prefix: "[SPAM] " }',
    `quarantine: { config: "${postfix}" }`,
  ].join('\n')

describeWith('hamlet quarantine', { programs: ['postfix', 'openssl'], root: true }, () => {
  let filter: Hamlet
  let postfix: Postfix
  beforeAll(async () => {
    filter = await startHamlet({
      config: settings(''),
      files: {
        'rules.cf': `${TEST_RULES}add_header spam Flag _YESNOCAPS_\nadd_header all Level _STARS(*)_\n`,
      },
    })
    postfix = await startPostfix({ milters: filter.milter, users: ['user@example.test'] })
    filter.reload(settings(join(postfix.queueDirectory, '..', 'etc')))
    await filter.untilLogged(/reload/i)
  }, 60_000)
  afterAll(async () => {
    postfix?.stop()
    await filter?.stop()
    filter?.remove()
  }, 60_000)

  const tool = (...args: string[]) => run(['quarantine', ...args, '--config', filter.configFile])
  const hold = async (subject: string, body = 'Hello there.') => {
    const { client } = await SmtpClient.connect(postfix.port)
    await client.command('EHLO client.example')
    const { answer } = await client.send({
      from: 'sender@sender.example',
      to: ['user@example.test'],
      bytes: Buffer.from(mail(subject, body), 'latin1'),
    })
    await client.quit()
    const id = /queued as (\w+)/.exec(answer.text)?.[1] ?? 'none'
    await waitFor(() => postfix.queue('hold').some((name) => name.includes(id)), 10_000)
    return id
  }

  it('lists, shows, releases: delivered as it was shown, and not judged again', async () => {
    const body = 'caf\xe9 \x80 octets\r\n.dot\r\n \r\nlast line'
    const id = await hold('hold-me release', body)
    const listed = await tool('list')
    expect(listed.code).toBe(0)
    expect(listed.out).toMatch(
      new RegExp(
        `^${id}  0m  9\\.0  <sender@sender\\.example> -> user@example\\.test  "hold-me release"  [A-Z_=.0-9,]*T_HOLD=9\\.0$`,
        'm',
      ),
    )
    const shown = await tool('show', id)
    expect(shown.out).toContain('Subject: hold-me release\n')
    const judgedBefore = filter.log().match(/verdict=/g)?.length
    const released = await tool('release', id)
    expect(released).toMatchObject({ code: 0, out: `${id}: released\n` })
    expect(released.err).toContain('hamlet allow sender@sender.example')
    const [delivered] = await postfix.untilDelivered(1)
    // Postfix's own delivery adds an empty line
    expect(delivered?.slice(delivered.indexOf('\n\n') + 2).trimEnd()).toBe(body.replaceAll('\r\n', '\n'))
    expect(Buffer.from(shown.out.slice(shown.out.indexOf('\n\n') + 2)).subarray(0, 3)).toEqual(
      Buffer.from('caf'),
    )
    expect(filter.log().match(/verdict=/g)?.length).toBe(judgedBefore)
    // nothing by which a mail program or a sieve script files it as spam
    expect(delivered).not.toMatch(/^X-Spam-(?:Flag|Level|Status|Folder):/m)
    expect(delivered).toMatch(/^Subject: hold-me release$/m)
    expect(delivered).toMatch(/^X-Spam-Held: held, score=9\.0/m)
    expect(postfix.queue('hold')).toEqual([])
  }, 60_000)

  it('lets a released mail pass when it comes again from outside', async () => {
    const { client } = await SmtpClient.connect(postfix.port)
    await client.command('EHLO client.example')
    const body = 'caf\xe9 \x80 octets\r\n.dot\r\n \r\nlast line'
    await client.send({
      from: 'sender@sender.example',
      to: ['user@example.test'],
      bytes: Buffer.from(mail('hold-me release', body), 'latin1'),
    })
    await client.quit()
    await filter.untilLogged(/verdict=deliver .*RELEASED=/)
    expect(await postfix.untilDelivered(2)).toHaveLength(2)
  }, 60_000)

  it('releases with learning and an entry for the sender', async () => {
    const id = await hold('hold-me learn')
    const released = await tool('release', '--learn', '--allow', id)
    expect(released.code).toBe(0)
    expect(released.out).toMatch(/released[^]*1 learned|released[^]*learned/)
    expect(released.out).toMatch(/allow sender@sender\.example/)
    expect((await run(['allow', '--list', '--config', filter.configFile])).out).toContain(
      'allow sender@sender.example',
    )
  }, 60_000)

  it('deletes, and says what is not there', async () => {
    const id = await hold('hold-me delete')
    expect(await tool('delete', id)).toMatchObject({ code: 0, out: `${id}: deleted\n` })
    expect((await tool('list')).err).toContain('nothing is held')
    const gone = await tool('show', id)
    expect(gone.code).toBe(1)
    expect((await tool('show', '-d')).code).toBe(64)
    expect((await tool('show', '../x')).err).toContain('is no queue id')
  }, 60_000)
})
