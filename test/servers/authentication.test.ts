/** What proves a sender, through a real Postfix with clients of everywhere (XCLIENT) and a real name server. */
import { expect, it } from '@jest/globals'
import { keyOf, plainMail, sign } from '../support/signed-mail.ts'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { startUnbound } from './support/name-servers.ts'
import { SmtpClient } from './support/smtp-client.ts'

const quoted = (text: string) => (text.match(/.{1,250}/g) ?? []).map((part) => `"${part}"`).join(' ')
const txt = (name: string, text: string) => `${name}. 60 IN TXT ${quoted(text)}`
const KEY = keyOf('dk.example')['txt s1._domainkey.dk.example']?.[0] ?? ''
const RECORDS = [
  txt('s1._domainkey.dk.example', KEY),
  txt('_dmarc.dk.example', 'v=DMARC1; p=reject'),
  txt('shop.example', 'v=spf1 ip4:192.0.2.7 -all'),
  txt('em_1.shop.example', 'v=spf1 ip4:192.0.2.7 -all'),
  txt('_dmarc.shop.example', 'v=DMARC1; p=reject'),
  txt('_dmarc.np.example', 'v=DMARC1; p=none; np=reject'),
  txt('news.np.example', 'this name exists without an address'),
]

describeWith(
  'who is proven and who is not',
  { ...POSTFIX_NEEDS, programs: [...POSTFIX_NEEDS.programs, 'unbound'] },
  () => {
    const mta = filteredPostfix(async () => {
      const names = await startUnbound(RECORDS)
      return {
        hamlet: {
          config: [
            `dns: { servers: ["${names.address}"], timeout: 1s }`,
            'dns_lists: { lists: [] }',
            'links: { lists: [] }',
            'repellent: { delay: 0 }',
            'authentication: { dmarc: obey }',
            'scores: { tag: off, reject: off }',
          ].join('\n'),
        },
        postfix: { users: ['user@example.test'], settings: ['smtpd_client_connection_rate_limit = 0'] },
        others: [names],
      }
    })
    let number = 0
    const judged = async (address: string, bytes: string, from: string) => {
      const mark = `mail-${++number}@test.example`
      const client = await SmtpClient.session(mta.postfix.port, {
        helo: 'mx.other.example',
        xclient: `ADDR=${address}`,
      })
      const { answer } = await client.send({
        from,
        to: ['user@example.test'],
        bytes: Buffer.from(bytes.replace('<1@shop.example>', `<${mark}>`), 'latin1'),
      })
      await client.quit()
      const line = await mta.hamlet.untilLogged(new RegExp(`verdict=.*${mark}`))
      return { said: `${answer.code} ${answer.text}`, line }
    }
    const signedAt = async (ahead: number, expires?: number) => {
      const now = Math.floor(Date.now() / 1000) * 1000
      // its Message-ID is not signed over: it is the mail's mark here
      return sign(
        plainMail('a@dk.example').replace('<1@shop.example>', `<mail-${number + 1}@test.example>`),
        {
          domain: 'dk.example',
          signTime: new Date(now + ahead),
          ...(expires === undefined ? {} : { expires: new Date(now + expires) }),
        },
      )
    }

    it.each([
      ['three seconds ahead', 3_000, undefined],
      ['four minutes ahead', 240_000, undefined],
      ['expired a minute ago', -3_600_000, -60_000],
    ])('a signature by a clock that differs counts: %s', async (_what, ahead, expires) => {
      const { said, line } = await judged('192.0.2.9', await signedAt(ahead, expires), 'a@dk.example')
      expect(said).toMatch(/^250 /)
      expect(line).toMatch(/DKIM_PASS_ALIGNED.*DMARC_OK/)
    })

    it('a signature of tomorrow proves nothing', async () => {
      const { said } = await judged('192.0.2.9', await signedAt(86_400_000), 'a@dk.example')
      expect(said).toMatch(/^550 5\.7\.1 .*dk\.example/)
    })

    it.each(['10.0.0.5', '127.0.0.1', '172.17.0.1'])(
      'DMARC does not fail for a private client %s, which SPF is not asked about',
      async (address) => {
        const { said, line } = await judged(address, plainMail('a@shop.example'), 'a@shop.example')
        expect(said).toMatch(/^250 /)
        expect(line).not.toMatch(/DMARC_|unavailable="[^"]*(?:spf|dmarc)/)
      },
    )

    it('DMARC passes for the client that SPF names, and fails for others', async () => {
      const good = await judged('192.0.2.7', plainMail('a@shop.example'), 'a@shop.example')
      expect(good.said).toMatch(/^250 /)
      expect(good.line).toMatch(/SPF_PASS.*DMARC_OK/)
      const bad = await judged('192.0.2.8', plainMail('a@shop.example'), 'a@shop.example')
      expect(bad.said).toMatch(/^550 5\.7\.1 .*shop\.example/)
    })

    it('SPF of a domain with an underscore is asked', async () => {
      const { said, line } = await judged('192.0.2.7', plainMail('a@shop.example'), 'a@em_1.shop.example')
      expect(said).toMatch(/^250 /)
      expect(line).toMatch(/SPF_PASS.*DMARC_OK/)
    })

    it('np= of DMARC holds for names that do not exist, not for those without an address', async () => {
      const there = await judged('192.0.2.8', plainMail('a@news.np.example'), 'a@other.example')
      expect(there.said).toMatch(/^250 /)
      expect(there.line).toMatch(/DMARC_FAIL_NONE/)
      const gone = await judged('192.0.2.8', plainMail('a@gone.np.example'), 'a@other.example')
      expect(gone.said).toMatch(/^550 5\.7\.1 .*np\.example/)
    })
  },
)
