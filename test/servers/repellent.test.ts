/** The held-back greeting through a real Postfix, also on ports where TLS comes before the greeting. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { NO_DNS } from './support/hamlet.ts'
import { mail } from './support/mail.ts'
import { freePort } from './support/programs.ts'
import { SmtpClient } from './support/smtp-client.ts'

const DELAY = 1500
const NEEDS = { ...POSTFIX_NEEDS, programs: [...POSTFIX_NEEDS.programs, 'ss'] }

describeWith('the repellent through Postfix', NEEDS, () => {
  let named: number
  let unnamed: number
  const mta = filteredPostfix(async () => {
    named = await freePort()
    unnamed = await freePort()
    const repellent = `{ delay: ${DELAY}ms, exempt: [], most_waiting: 60, tls_ports: [${named}] }`
    return {
      hamlet: { config: `rules: builtin\n${NO_DNS}\nrepellent: ${repellent}` },
      postfix: {
        users: ['user@example.test'],
        services: [named, unnamed].flatMap((port) => [
          `127.0.0.1:${port} inet n - n - - smtpd`,
          '  -o smtpd_tls_wrappermode=yes',
        ]),
      },
    }
  })

  const deliver = async (client: SmtpClient, subject: string) => {
    await client.command('EHLO mail.good.test')
    const { answer } = await client.send({
      from: 'a@b.test',
      to: ['user@example.test'],
      bytes: mail(subject),
    })
    await client.quit()
    return answer.code
  }

  it('holds the greeting back, and lets who waits deliver', async () => {
    const started = Date.now()
    const { client } = await SmtpClient.connect(mta.postfix.port)
    expect(Date.now() - started).toBeGreaterThan(DELAY - 100)
    expect(await deliver(client, 'patient')).toBe(250)
  })

  it('greets at once on a port of wrapped TLS that is named', async () => {
    const client = await SmtpClient.openTls(named)
    const started = Date.now()
    expect((await client.answer()).code).toBe(220)
    expect(Date.now() - started).toBeLessThan(DELAY - 500)
    expect(await deliver(client, 'over tls')).toBe(250)
  })

  it('greets at once on one that is not named', async () => {
    const client = await SmtpClient.openTls(unnamed)
    const started = Date.now()
    expect((await client.answer()).code).toBe(220)
    expect(Date.now() - started).toBeLessThan(DELAY - 500)
    expect(await deliver(client, 'over tls elsewhere')).toBe(250)
  })

  it('takes nobody there for an early talker', async () => {
    const client = await SmtpClient.openTls(named)
    client.write('EHLO eager.example\r\n')
    expect((await client.answer()).code).toBe(220)
    expect((await client.answer()).code).toBe(250)
    await client.command('MAIL FROM:<a@b.test>')
    expect((await client.command('RCPT TO:<user@example.test>')).code).toBe(250)
    await client.quit()
    expect(mta.hamlet.log()).not.toMatch(/EARLY_TALKER/)
  })

  it('of 200 that talk at once at least 199 are cut off, however soon Postfix reads what they say', async () => {
    const codes = await inGroups(200, async (number) => {
      const client = SmtpClient.open(mta.postfix.port)
      client.write(number % 2 === 0 ? 'EHLO impatient.example\r\n' : 'HELO x\r\nMAIL FROM:<a@b.test>\r\n')
      // a reset may overtake the reply
      const code = await client.answer().then(
        (answer) => answer.code,
        () => 421,
      )
      client.destroy()
      return code
    })
    const caught = codes.filter((code) => code === 421).length
    expect(caught).toBeGreaterThanOrEqual(199)
    await mta.hamlet.untilLogged(/EARLY_TALKER/)
    const lines = mta.hamlet.log().match(/verdict=defer at=CONNECT test=EARLY_TALKER .*reply="421 4\.5\.0"/g)
    expect(lines).toHaveLength(caught)
  }, 120_000)

  it.each([0, 1, 100])(
    'of 200 that wait none is taken for one, %d ms away',
    async (distance) => {
      const before = mta.hamlet.log().split('EARLY_TALKER').length
      const far = distance === 0 ? null : await startDistance(mta.postfix.port, distance)
      const codes = await inGroups(200, async () => {
        const { client, greeting } = await SmtpClient.connect(far?.port ?? mta.postfix.port)
        const { code } = await client.command('EHLO mail.good.test')
        await client.quit()
        return `${greeting.code} ${code}`
      })
      far?.stop()
      expect(new Set(codes)).toEqual(new Set(['220 250']))
      expect(mta.hamlet.log().split('EARLY_TALKER')).toHaveLength(before)
      expect(mta.hamlet.log()).not.toMatch(/HELO_TOO_FAST/)
    },
    120_000,
  )

  it('finds who talks after a while', async () => {
    const client = SmtpClient.open(mta.postfix.port)
    await sleep(DELAY - 400)
    client.write('EHLO impatient.example\r\n')
    expect((await client.answer()).code).toBe(421)
    client.destroy()
  })

  it('takes nobody for a talker who hangs up without a word', async () => {
    const before = mta.hamlet.log().split('EARLY_TALKER').length
    const client = SmtpClient.open(mta.postfix.port)
    await sleep(100)
    client.destroy()
    const { client: patient } = await SmtpClient.connect(mta.postfix.port)
    await patient.quit()
    expect(mta.hamlet.log().split('EARLY_TALKER')).toHaveLength(before)
  })
})

describeWith('the repellent that names the recipient', NEEDS, () => {
  const mta = filteredPostfix(() => ({
    hamlet: {
      config: `rules: builtin\n${NO_DNS}\nrepellent: { delay: ${DELAY}ms, exempt: [], most_waiting: 3, hang_up: false }`,
    },
  }))

  it('greets who talks early at once, and refuses at RCPT', async () => {
    const client = SmtpClient.open(mta.postfix.port)
    client.write('EHLO impatient.example\r\n')
    const started = Date.now()
    expect((await client.answer()).code).toBe(220)
    expect(Date.now() - started).toBeLessThan(DELAY - 300)
    await client.answer()
    await client.command('MAIL FROM:<a@b.test>')
    const refused = await client.command('RCPT TO:<user@example.test>')
    expect(`${refused.code} ${refused.text}`).toMatch(/^550 5\.5\.0 .*wait for the greeting/)
    await client.quit()
    await mta.hamlet.untilLogged(/EARLY_TALKER/)
  })

  it('holds back only so many at once', async () => {
    const started = Date.now()
    const clients = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const { client } = await SmtpClient.connect(mta.postfix.port)
        return { client, after: Date.now() - started }
      }),
    )
    const held = clients.filter(({ after }) => after > DELAY - 100)
    expect(held).toHaveLength(3)
    for (const { client } of clients) await client.quit()
  })
})

/** Runs it so many times, forty at once; the results in order. */
async function inGroups<T>(count: number, run: (number: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  while (results.length < count)
    results.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(40, count - results.length) }, (_, at) => run(results.length + at)),
      )),
    )
  return results
}

/** A proxy that passes on everything later: a client so many milliseconds away. */
async function startDistance(port: number, milliseconds: number): Promise<{ port: number; stop(): void }> {
  const late = (from: Socket, to: Socket) => {
    from.on('data', (chunk) => setTimeout(() => to.write(chunk), milliseconds / 2))
    from.on('close', () => setTimeout(() => to.destroy(), milliseconds / 2))
    from.on('error', () => undefined)
  }
  const server = createServer((client) => {
    const onward = connect(port, '127.0.0.1')
    late(client, onward)
    late(onward, client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    stop: () => void server.close(),
  }
}
