/**
 * What does not answer, in front of a real Postfix: a resolver from which nothing comes, a sender whose own name servers
 * are silent, a clamd that accepts and says nothing. All mail is judged by what needs none of them.
 */
import { createServer, type Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, it } from '@jest/globals'
import { startDnsServer, type FakeNameServer } from '../support/dns-server.ts'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import type { FilteredPostfix } from './support/filtered-postfix.ts'
import { startUnbound } from './support/name-servers.ts'
import { SmtpClient } from './support/smtp-client.ts'

const GTUBE = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'
const QUIET = ['repellent: { delay: 0 }', 'limits: { messages_per_hour: off }']

/** Mails of ever new senders, signed under their names, over so many connections at once; the answers in order. */
async function flood(
  mta: FilteredPostfix,
  { mails, sessions, mark }: { mails: number; sessions: number; mark: string },
  nameOf: (number: number) => string = (number) => `${mark}${number}.example`,
): Promise<string[]> {
  const answers: string[] = []
  let next = 0
  const one = async () => {
    for (let number = next++; number < mails; number = next++) {
      const domain = nameOf(number)
      const client = await SmtpClient.session(mta.postfix.port, {
        helo: `mx.${domain}`,
        xclient: `ADDR=192.0.${number % 200}.${(number % 250) + 1}`,
      })
      const signature = (selector: string) =>
        `DKIM-Signature: v=1; a=rsa-sha256; d=${domain}; s=${selector}${number}; h=from:to; bh=YWJj; b=YWJj`
      const bytes = [
        `From: Anna <a@${domain}>`,
        'To: user@example.test',
        `Subject: ${mark} ${number}`,
        `Message-ID: <${mark}-${number}@${domain}>`,
        ...['k', 'l', 'm', 'n'].map(signature),
        '',
        `Hello, see https://www.${domain}/ now.`,
        number % 3 === 0 ? GTUBE : '',
        '',
      ].join('\r\n')
      const { answer } = await client.send({ from: `b@${domain}`, to: ['user@example.test'], bytes })
      await client.quit()
      answers[number] = `${answer.code}`
    }
  }
  await Promise.all(Array.from({ length: sessions }, one))
  return answers
}
const expected = (mails: number) =>
  Array.from({ length: mails }, (_, number) => (number % 3 === 0 ? '550' : '250'))
const verdicts = (mta: FilteredPostfix, mark: string) =>
  mta.hamlet
    .log()
    .split('\n')
    .filter((line) => line.includes('verdict=') && line.includes(`msgid=<${mark}-`))

describeWith('a resolver from which nothing comes', POSTFIX_NEEDS, () => {
  let dns: FakeNameServer
  let alive = false
  const mta = filteredPostfix(async () => {
    dns = await startDnsServer(() => (alive ? { records: ['127.0.0.9'] } : { silent: true }))
    return {
      hamlet: { config: [`dns: { servers: ["${dns.address}"] }`, ...QUIET].join('\n') },
      postfix: { users: ['user@example.test'], settings: ['smtpd_client_connection_rate_limit = 0'] },
      others: [dns],
    }
  })

  it('is found out by the first mails, and asked for signs of life only from then on', async () => {
    expect(await flood(mta, { mails: 8, sessions: 8, mark: 'first' })).toEqual(expected(8))
    await mta.hamlet.untilLogged(/the DNS server 127\.0\.0\.1:\d+ does not answer/)
    const before = new Set(dns.asked)
    expect(await flood(mta, { mails: 60, sessions: 8, mark: 'later' })).toEqual(expected(60))
    const lines = verdicts(mta, 'later')
    expect(lines).toHaveLength(60)
    for (const line of lines) expect(line).toMatch(/unavailable="[^"]*the resolver does not answer/)
    // each mail has some twenty questions
    const news = [...new Set(dns.asked)].filter((name) => !before.has(name) && name.includes('later'))
    expect(news.length).toBeLessThan(60)
  }, 120_000)

  it('is asked again as soon as it is back', async () => {
    alive = true
    await mta.hamlet.untilLogged(/the DNS server 127\.0\.0\.1:\d+ answers again/, 20_000)
    expect(await flood(mta, { mails: 1, sessions: 1, mark: 'back' }, () => 'back.example')).toEqual(['550'])
    expect(verdicts(mta, 'back')[0]).not.toMatch(/the resolver does not answer/)
  }, 60_000)
})

describeWith(
  'senders whose own name servers are silent',
  { ...POSTFIX_NEEDS, programs: [...POSTFIX_NEEDS.programs, 'unbound'] },
  () => {
    let silent: FakeNameServer
    const mta = filteredPostfix(async () => {
      silent = await startDnsServer(() => ({ silent: true }))
      const names = await startUnbound(['good.example. 60 IN TXT "v=spf1 +all"'], {
        'silent.example': silent.address,
      })
      return {
        hamlet: {
          config: [
            `dns: { servers: ["${names.address}"] }`,
            'dns_lists: { lists: [] }',
            'links: { lists: [] }',
            ...QUIET,
          ].join('\n'),
        },
        postfix: { users: ['user@example.test'], settings: ['smtpd_client_connection_rate_limit = 0'] },
        others: [names, silent],
      }
    })

    it('hold nobody else up and close no circuit: the others are judged with the DNS', async () => {
      const bad = flood(
        mta,
        { mails: 40, sessions: 20, mark: 'bad' },
        (number) => `n${number}.silent.example`,
      )
      const good = await flood(mta, { mails: 30, sessions: 3, mark: 'good' }, () => 'good.example')
      expect(good).toEqual(expected(30))
      expect(await bad).toEqual(expected(40))
      expect(mta.hamlet.log()).not.toMatch(/the DNS server \S+ does not answer/)
      for (const line of verdicts(mta, 'good')) expect(line).toMatch(/SPF_PASS/)
      for (const line of verdicts(mta, 'good')) expect(line).not.toMatch(/unavailable=/)
    }, 180_000)
  },
)

describeWith('a clamd that accepts and never answers', POSTFIX_NEEDS, () => {
  let connections = 0
  const mta = filteredPostfix(async () => {
    const server: Server = createServer((socket) => {
      connections++
      socket.on('error', () => undefined).resume()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return {
      hamlet: {
        config: [
          'dns: { servers: ["127.0.0.1:9"] }',
          'dns_lists: { lists: [] }',
          `scanners: [{ type: clamd, name: clam, address: "127.0.0.1:${(server.address() as AddressInfo).port}", timeout: 2s, breaker_failures: 5 }]`,
          ...QUIET,
        ].join('\n'),
      },
      postfix: { users: ['user@example.test'], settings: ['smtpd_client_connection_rate_limit = 0'] },
      others: [{ stop: async () => void server.close() }],
    }
  })

  it('is left alone after some mails, whichever worker had them, and all mail is judged without it', async () => {
    expect(await flood(mta, { mails: 60, sessions: 12, mark: 'scan' })).toEqual(expected(60))
    const lines = verdicts(mta, 'scan')
    expect(lines).toHaveLength(60)
    for (const line of lines) expect(line).toMatch(/unavailable="[^"]*clam: (?:no answer in time|not asked)/)
    // those that were on their way before it was known, and one that tried it again
    expect(connections).toBeLessThanOrEqual(26)
    expect(lines.filter((line) => line.includes('not asked: it failed')).length).toBeGreaterThanOrEqual(34)
  }, 120_000)
})
