/** Name servers that are silent, slow, broken or lying, behind a filter in front of a real Postfix. */
import { expect, it } from '@jest/globals'
import { startDnsServer, type Behaviour } from '../support/dns-server.ts'
import { describeWith } from './support/describe-with.ts'
import { POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { startHamlet } from './support/hamlet.ts'
import { mail } from './support/mail.ts'
import { startPostfix } from './support/postfix.ts'
import { SmtpClient } from './support/smtp-client.ts'

describeWith('name servers that misbehave', POSTFIX_NEEDS, () => {
  it('hold nobody longer than they may, and are never taken for an answer', async () => {
    const behaviours: Readonly<Record<string, Behaviour>> = {
      'silent.test': { silent: true },
      'slow.test': { records: ['127.0.0.2'], delay: 1500 },
      'failing.test': { code: 2 },
      'refusing.test': { code: 5 },
      'rubbish.test': { rubbish: true },
      'wrong.test': { records: ['127.0.0.2'], wrongId: true },
      'outside.test': { records: ['203.0.113.80'] },
      'truncated.test': { records: ['127.0.0.2'], truncated: true },
      'large.test': { records: Array.from({ length: 200 }, (_, index) => `127.0.1.${index}`) },
    }
    const dns = await startDnsServer(
      (name) =>
        Object.entries(behaviours).find(([zone]) => name.endsWith(`.${zone}`))?.[1] ?? { silent: true },
    )
    const lists = Object.keys(behaviours).map((zone) => {
      const hit = zone.replace('.test', '').toUpperCase()
      return `    - { zone: ${zone}, self_test: false, codes: { 127.0.0.2: { hit: BL_${hit}, score: 0.1 } } }`
    })
    const hamlet = await startHamlet({
      config: [
        'rules: builtin',
        `dns: { servers: ["${dns.address}"], timeout: 800ms }`,
        'dns_lists:',
        '  wait: 500ms',
        '  lists:',
        ...lists,
      ].join('\n'),
    })
    const postfix = await startPostfix({ milters: hamlet.milter, users: ['user@example.test'] })
    try {
      const client = await SmtpClient.session(postfix.port, {
        helo: 'mail.good.test',
        xclient: 'ADDR=198.51.100.1',
      })
      await client.command('MAIL FROM:<a@silent.test>')
      const started = Date.now()
      expect((await client.command('RCPT TO:<user@example.test>')).code).toBe(250)
      expect(Date.now() - started).toBeLessThan(2500)
      await client.command('DATA')
      client.write(mail('in spite of it all').concat('\r\n.\r\n'))
      expect((await client.answer()).code).toBe(250)
      await client.quit()
      const line = await hamlet.untilLogged(/in-spite-of-it-all/)
      expect(line).toMatch(/tests=\S*BL_TRUNCATED=0\.1/)
      expect(line).not.toMatch(/BL_(?!TRUNCATED)/)
      for (const zone of ['silent', 'slow', 'failing', 'refusing', 'rubbish', 'wrong', 'outside'])
        expect(line).toMatch(new RegExp(`unavailable=.*${zone}\\.test`))
      expect(line).not.toMatch(/large\.test/)
    } finally {
      postfix.stop()
      await hamlet.stop()
      hamlet.remove()
      await dns.stop()
    }
  }, 60_000)
})
