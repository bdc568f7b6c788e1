/** clamd, spamd, rspamd and an HTTPS service, all asked about one mail that comes through a real Postfix. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { plainMail } from '../support/signed-mail.ts'
import { selfSigned } from '../support/certificate.ts'
import { describeWith } from './support/describe-with.ts'
import { type Hamlet, NO_DNS, startHamlet } from './support/hamlet.ts'
import { startPostfix, type Postfix } from './support/postfix.ts'
import { removeFolder, temporaryFolder } from './support/programs.ts'
import { startClamd, startRspamd, startSpamd, type ScanServer } from './support/scanners.ts'
import { SmtpClient } from './support/smtp-client.ts'

const GTUBE = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'

/** A service that answers `answer` under a certificate for `localhost` that it made itself. */
async function service(
  folder: string,
  name: string,
  answer: string,
): Promise<{ server: Server; url: string; ca: string }> {
  const { key, certificate } = selfSigned(folder, 'localhost', name)
  const server = createServer(
    { key: readFileSync(key), cert: readFileSync(certificate) },
    (request, response) => {
      request.resume().on('end', () => response.end(answer))
    },
  )
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `https://localhost:${(server.address() as AddressInfo).port}/judge`, ca: certificate }
}

describeWith(
  'second opinions',
  { programs: ['postfix', 'openssl', 'clamd', 'spamd', 'rspamd'], root: true },
  () => {
    const folder = temporaryFolder('services')
    const scanners: ScanServer[] = []
    const services: Server[] = []
    let filter: Hamlet
    let postfix: Postfix
    beforeAll(async () => {
      const [clam, spam, rspam, known, unknown] = await Promise.all([
        startClamd(),
        startSpamd(),
        startRspamd(),
        service(folder, 'known', '{"result":4,"kind":"spam","name":"bulk"}'),
        service(folder, 'unknown', '0'),
      ])
      scanners.push(clam, spam, rspam)
      services.push(known.server, unknown.server)
      filter = await startHamlet({
        config: [
          NO_DNS,
          'links: { lists: [] }',
          'scores: { tag: 5, reject: off }',
          'scanners:',
          `  - { type: clamd, name: clam, address: "${clam.address}" }`,
          `  - { type: spamd, name: spam, address: "${spam.address}", weight: 0.01, most: 4 }`,
          `  - { type: rspamd, name: rspam, url: "http://${rspam.address}", weight: 0.1 }`,
          `  - { type: https, name: known, url: "${known.url}", ca: "${known.ca}" }`,
          `  - { type: https, name: unknown, url: "${unknown.url}" }`,
        ].join('\n'),
      })
      postfix = await startPostfix({ milters: filter.milter, users: ['user@example.test'] })
    }, 120_000)
    afterAll(async () => {
      postfix?.stop()
      await filter?.stop()
      filter?.remove()
      for (const server of services) server.close()
      for (const scanner of scanners) await scanner.stop()
      removeFolder(folder)
    }, 60_000)

    it('are weighed, bounded and added, and one under a wrong certificate is named as missing', async () => {
      const { client } = await SmtpClient.connect(postfix.port)
      await client.command('EHLO client.example')
      const { answer } = await client.send({
        from: 'a@shop.example',
        to: ['user@example.test'],
        bytes: Buffer.from(plainMail('a@shop.example', `${GTUBE}\r\n`)),
      })
      await client.quit()
      expect(answer.code).toBe(250)
      const line = await filter.untilLogged(/verdict=/)
      expect(line).toMatch(/SCANNER_SPAMD=4\.0/)
      expect(line).toMatch(/SCANNER_RSPAMD=1\.5/)
      expect(line).toMatch(/SCANNER_HTTPS=2\.0/)
      expect(line).toMatch(/unavailable="[^"]*scanners: unknown: self-signed certificate/)
      expect(line).not.toMatch(/clam:/)
      expect(Number(/ ms=(\d+)/.exec(line)?.[1])).toBeLessThan(15_000)
    }, 60_000)
  },
)
