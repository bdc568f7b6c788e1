/** Greylisting through a real Postfix, over a restart of the filter. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { NO_DNS, startHamlet } from './support/hamlet.ts'
import { mail } from './support/mail.ts'
import { startPostfix } from './support/postfix.ts'
import { SmtpClient } from './support/smtp-client.ts'

const CONFIG = `
rules: builtin
${NO_DNS}
greylist: { enabled: true, delay: 1s, longest_delay: 1m }
`

describeWith('greylisting through Postfix', POSTFIX_NEEDS, () => {
  it('defers, accepts after the delay, and still knows after a restart', async () => {
    let hamlet = await startHamlet({ config: CONFIG })
    const postfix = await startPostfix({ milters: hamlet.milter, users: ['user@example.test'] })
    try {
      const attempt = async (address: string) => {
        const client = await SmtpClient.session(postfix.port, {
          helo: 'mail.good.test',
          xclient: `ADDR=${address}`,
        })
        const { recipients, answer } = await client.send({
          from: 'a@sender.test',
          to: ['user@example.test'],
          bytes: mail('greylisted'),
        })
        await client.quit()
        return `${recipients[0]?.code} ${recipients[0]?.text} / ${answer.code}`
      }
      expect(await attempt('192.0.2.80')).toMatch(/^451 4\.7\.1 .*Greylisted, please try again in 1 seconds/)
      await sleep(1100)
      await hamlet.stop()
      hamlet = await hamlet.restart()
      expect(await attempt('192.0.2.81')).toMatch(/^250 .* \/ 250$/)
      await hamlet.untilLogged(/GREYLIST_CAME_BACK/)
      expect(await attempt('192.0.2.82')).toMatch(/^250 /)
      expect(await attempt('192.0.9.1')).toMatch(/^451 /)
    } finally {
      postfix.stop()
      await hamlet.stop()
      hamlet.remove()
    }
  }, 60_000)
})
