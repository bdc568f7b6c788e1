/**
 * Who is known is not judged as a stranger, an allow entry never harms, and tests from the own network say what they do
 * not show: through a real Postfix, with a DNS list that has the client.
 */
import { expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { hamlet } from './support/hamlet.ts'
import { mail, TEST_RULES } from './support/mail.ts'
import { startUnbound } from './support/name-servers.ts'
import { SmtpClient } from './support/smtp-client.ts'

const STRANGER = 'ADDR=192.0.2.66 NAME=[UNAVAILABLE]'

describeWith(
  'users of our own whose content is judged',
  { ...POSTFIX_NEEDS, programs: [...POSTFIX_NEEDS.programs, 'unbound'] },
  () => {
    const mta = filteredPostfix(async () => {
      const names = await startUnbound(['66.2.0.192.list.test. 60 IN A 127.0.0.2'])
      return {
        hamlet: {
          config: [
            'rules: ./rules.cf',
            `dns: { servers: ["${names.address}"], timeout: 1s }`,
            'dns_lists: { lists: [{ zone: list.test, codes: { "127.0.0.2": { hit: L_TEST, score: 3, action: reject } }, self_test: false }] }',
            'links: { lists: [] }',
            'groups: { denied: [192.0.2.66], trusted: [192.0.2.80] }',
            'clients: { deny: [{ group: denied, action: reject }] }',
            'judge: { authenticated: true, trusted: true }',
            'scores: { tag: 5, reject: 15 }',
          ].join('\n'),
          files: { 'rules.cf': TEST_RULES },
        },
        postfix: { users: ['user@example.test'] },
        others: [names],
      }
    })
    const send = async (xclient: string, subject: string, from = 'alice@example.test') => {
      const client = await SmtpClient.session(mta.postfix.port, { xclient })
      const { answer, recipients } = await client.send({
        from,
        to: ['user@example.test'],
        bytes: mail(subject).replaceAll('sender@sender.example', from),
      })
      await client.quit()
      return { recipient: recipients[0]?.code, code: answer.code }
    }

    it('are spared the lists, the blacklist and greylisting, and their content is judged', async () => {
      // the same client without a login
      expect((await send(STRANGER, 'stranger')).recipient).toBe(550)
      expect(await send(`${STRANGER} LOGIN=alice`, 'fine')).toEqual({ recipient: 250, code: 250 })
      await mta.hamlet.untilLogged(/verdict=deliver .*user=alice/)
      const [line = ''] = /.*verdict=deliver .*user=alice.*/.exec(mta.hamlet.log()) ?? []
      expect(line).not.toMatch(/L_TEST|CLIENT_|GREYLISTED|SPF_|DMARC_FAIL/)
      expect((await send(`${STRANGER} LOGIN=alice`, 'reject-me')).code).toBe(550)
    }, 60_000)

    it('clients of the trusted group likewise', async () => {
      expect(await send('ADDR=192.0.2.80 NAME=[UNAVAILABLE]', 'trusted fine')).toEqual({
        recipient: 250,
        code: 250,
      })
      expect((await send('ADDR=192.0.2.80 NAME=[UNAVAILABLE]', 'reject-me trusted')).code).toBe(550)
    }, 60_000)

    it('a test from the own network says that nobody was asked about the client', async () => {
      const client = await SmtpClient.session(mta.postfix.port)
      await client.send({ from: 'x@sender.example', to: ['user@example.test'], bytes: mail('from inside') })
      await client.quit()
      await mta.hamlet.untilLogged(/msgid=<from-inside@|skipped=private-client/)
      const text = await mta.postfix.deliveredWith('from inside')
      expect(text.replace(/\r?\n\t/g, ' ')).toMatch(/^X-Spam-Status: .*skipped=private-client/m)
      expect(mta.hamlet.log()).toMatch(/skipped=private-client.*client=/)
      const { out } = await hamlet(['why', 'x@sender.example', '--config', mta.hamlet.configFile])
      expect(out).toContain('the client is in the group private')
    }, 60_000)
  },
)

describeWith(
  'an allow entry for a sender without SPF and DKIM',
  { ...POSTFIX_NEEDS, programs: [...POSTFIX_NEEDS.programs, 'unbound'] },
  () => {
    const mta = filteredPostfix(async () => {
      const names = await startUnbound([
        'plain.example. 60 IN A 192.0.2.9',
        'plain.example. 60 IN MX 10 plain.example.',
      ])
      return {
        hamlet: {
          config: [
            `dns: { servers: ["${names.address}"], timeout: 1s }`,
            'dns_lists: { lists: [] }',
            'links: { lists: [] }',
            'greylist: { enabled: false }',
            'bayes: { enabled: false }',
            'reputation: { enabled: true }',
          ].join('\n'),
        },
        postfix: { users: ['user@example.test'] },
        others: [names],
      }
    })
    const send = async (subject: string) => {
      const client = await SmtpClient.session(mta.postfix.port, {
        xclient: 'ADDR=192.0.2.9 NAME=plain.example',
      })
      await client.send({
        from: 'bob@plain.example',
        to: ['user@example.test'],
        bytes: mail(subject).replaceAll('sender@sender.example', 'bob@plain.example'),
      })
      await client.quit()
      const text = await mta.postfix.deliveredWith(`Subject: ${subject}`)
      const status = text.replace(/\r?\n\t/g, '')
      return { score: Number(/score=(-?[\d.]+)/.exec(status)?.[1]), status }
    }
    const allow = (...args: readonly string[]) =>
      hamlet(['allow', '--config', mta.hamlet.configFile, ...args, 'bob@plain.example'])

    it('does no harm, says what its mails had, and takes effect once bound to their network', async () => {
      const before = await send('before it')
      const { out, err } = await allow()
      expect(out).toContain('allow bob@plain.example by SPF or DKIM of its own domain')
      expect(err).toContain('they came from 192.0.2.0/24')
      expect(err).toContain('hamlet allow --by net:192.0.2.0/24 bob@plain.example')
      const after = await send('after it')
      expect(after.score).toBeLessThanOrEqual(before.score)
      expect((await allow('--by', 'net:192.0.2.0/24')).code).toBe(0)
      const bound = await send('bound now')
      expect(bound.status).toContain('SENDER_ALLOWED')
    }, 90_000)
  },
)
