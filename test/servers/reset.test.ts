/** The reset that administrators know: delete the classifier's files, also while the daemon runs. */
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { MilterClient } from '../../lib/milter/index.ts'
import { hamlet, NO_DNS, startHamlet } from './support/hamlet.ts'
import { waitFor } from './support/programs.ts'

describe('the classifier', () => {
  it('begins anew when its files are deleted under the running daemon', async () => {
    const daemon = await startHamlet({
      config: NO_DNS,
    })
    const status = async (): Promise<string> => {
      const client = await MilterClient.connect(`inet:127.0.0.1:${daemon.port}`)
      await client.negotiate()
      await client.connect({ address: '192.0.2.7', hostname: 'mx.example', port: 1 })
      await client.helo('mx.example')
      await client.mail('a@sender.example')
      await client.rcpt('u@example.test')
      await client.data({ i: 'Q1' })
      await client.header('Subject', ' hello')
      await client.eoh()
      await client.body('text\r\n')
      const { edits } = await client.eom({ i: 'Q1' })
      await client.quit()
      const found = edits.find((edit) => 'name' in edit && edit.name === 'X-Spam-Status')
      return found !== undefined && 'value' in found ? found.value : ''
    }
    try {
      const lesson = join(daemon.folder, 'lesson.eml')
      writeFileSync(lesson, 'Message-ID: <1@x.example>\nSubject: offer\n\nbuy\n')
      await hamlet(['learn', 'spam', '--config', daemon.configFile, lesson])
      await waitFor(async () => (await status()).includes('needs=199-spam,200-ham'))
      for (const ending of ['', '-wal', '-shm'])
        rmSync(join(daemon.folder, 'state', `bayes.sqlite${ending}`), { force: true })
      await daemon.untilLogged(/was deleted or replaced/, 20_000)
      await waitFor(async () => (await status()).includes('needs=200-spam,200-ham'), 20_000)
      expect(existsSync(join(daemon.folder, 'state', 'bayes.sqlite'))).toBe(true)
    } finally {
      await daemon.stop()
      daemon.remove()
    }
  }, 90_000)
})
