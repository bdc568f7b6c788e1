/** `hamlet scan` as people run it on a mail in a file. */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { hamlet } from '../servers/support/hamlet.ts'
import { freePort, removeFolder, temporaryFolder } from '../servers/support/programs.ts'
import { plainMail, sign } from '../support/signed-mail.ts'

describe('hamlet scan --local', () => {
  let folder = ''
  beforeAll(() => {
    folder = temporaryFolder('scan-local')
  })
  afterAll(() => removeFolder(folder))

  it('says in one line what was not asked, and asks nobody', async () => {
    const port = await freePort()
    let asked = 0
    const scanner = createServer((socket) => {
      asked++
      socket.end()
    }).listen(port, '127.0.0.1')
    const config = join(folder, 'hamlet.yaml')
    const letter = join(folder, 'letter.eml')
    writeFileSync(
      config,
      `state: ./state\nscanners: [{ type: clamd, name: clamd, address: "127.0.0.1:${port}" }]\n`,
    )
    const text = plainMail('anna@shop.example', 'See https://shop.example/ for more.\r\n')
    writeFileSync(letter, await sign(text, { domain: 'shop.example' }), 'latin1')
    const envelope = ['--client-ip', '192.0.2.1', '--helo', 'mx.shop.example', '--from', 'anna@shop.example']
    const { out, err } = await hamlet(['scan', '--config', config, '--local', ...envelope, letter])
    scanner.close()
    expect(err).toBe('')
    expect(out).toMatch(/^ +- not asked, because of --local: helo, dkim, dmarc$/m)
    expect(out).not.toMatch(/could not answer|unavailable/)
    expect(asked).toBe(0)
  }, 30_000)
})
