/** Reload, restart and stop of the daemon as a process, in each other's way. */
import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { MilterClient } from '../../lib/milter/index.ts'
import { hamlet, NO_DNS, ROOT, startHamlet, type Hamlet } from './support/hamlet.ts'
import { freePort, removeFolder, temporaryFolder, waitFor } from './support/programs.ts'

/** A mail that waits for its last octet. */
async function openMail(daemon: Hamlet) {
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
  return {
    /** The value of X-Spam-Status. */
    async finish(): Promise<string> {
      const { edits } = await client.eom({ i: 'Q1' })
      await client.quit()
      const found = edits.find((edit) => 'name' in edit && edit.name === 'X-Spam-Status')
      return found !== undefined && 'value' in found ? found.value : ''
    },
  }
}
const status = async (daemon: Hamlet) => (await openMail(daemon)).finish()

const withDaemon = async (config: string, work: (daemon: Hamlet) => Promise<void>): Promise<void> => {
  const daemon = await startHamlet({ config })
  try {
    await work(daemon)
  } finally {
    await daemon.stop('SIGKILL')
    daemon.remove()
  }
}

describe('the running daemon', () => {
  it(
    'a reload is not undone by workers that are restarted at the same time',
    () =>
      withDaemon(`${NO_DNS}\nscores: { tag: 5 }`, async (daemon) => {
        const lesson = join(daemon.folder, 'lesson.eml')
        writeFileSync(lesson, 'Message-ID: <1@x.example>\nSubject: offer\n\nbuy\n')
        await hamlet(['learn', 'spam', '--config', daemon.configFile, lesson])
        await waitFor(async () => (await status(daemon)).includes('needs=199-spam,200-ham'))
        for (const ending of ['', '-wal', '-shm'])
          rmSync(join(daemon.folder, 'state', `bayes.sqlite${ending}`), { force: true })
        await daemon.untilLogged(/was deleted or replaced/, 20_000)
        // the new workers are loading now
        daemon.reload(`${NO_DNS}\nscores: { tag: 4.5 }`)
        await daemon.untilLogged(/configuration reloaded/, 20_000)
        await waitFor(async () => (await status(daemon)).includes('required=4.5'))
        // and the model is the new one
        expect(await status(daemon)).toContain('needs=200-spam,200-ham')
        expect(await daemon.stop()).toBe(0)
        expect(daemon.log()).not.toMatch(/error:|fault/)
      }),
    90_000,
  )

  it(
    'a session that outlives a reload has its decision in the record, also when the daemon stops at once',
    () =>
      withDaemon(`${NO_DNS}\nscores: { tag: 5 }`, async (daemon) => {
        const mail = await openMail(daemon)
        daemon.reload(`${NO_DNS}\nscores: { tag: 4.5 }`)
        await daemon.untilLogged(/configuration reloaded/, 20_000)
        expect(await mail.finish()).toContain('required=5')
        expect(await daemon.stop()).toBe(0)
        const { code, out } = await hamlet(['why', '--config', daemon.configFile, 'Q1'])
        expect([code, out]).toEqual([0, expect.stringContaining('<a@sender.example>')])
      }),
    60_000,
  )

  it(
    'a daemon that is killed leaves a sound record of all but its last second',
    () =>
      withDaemon(NO_DNS, async (daemon) => {
        for (let number = 0; number < 5; number++) await status(daemon)
        const recorded = async (): Promise<number> => {
          const { out } = await hamlet(['why', '--json', '--config', daemon.configFile, 'a@sender.example'])
          return out.split('\n').filter((line) => line !== '').length
        }
        // without any stop: only the daemon's own second
        await waitFor(async () => (await recorded()) === 5, 10_000)
        await daemon.stop('SIGKILL')
        expect(await recorded()).toBe(5)
      }),
    60_000,
  )

  it.each([0, 300, 1000])(
    'SIGTERM %s ms after SIGHUP ends the daemon in order',
    (wait) =>
      withDaemon(NO_DNS, async (daemon) => {
        daemon.running.process.kill('SIGHUP')
        await new Promise((resolve) => setTimeout(resolve, wait))
        expect(await daemon.stop()).toBe(0)
        expect(daemon.log()).not.toMatch(/write after end|a fault that nobody caught|error/i)
        expect(daemon.log()).toMatch(/stopped\s*$/)
      }),
    60_000,
  )

  it(
    'a storm of SIGHUPs is a few reloads, and the last configuration is in force',
    () =>
      withDaemon(NO_DNS, async (daemon) => {
        for (let number = 0; number < 20; number++) {
          daemon.reload(`${NO_DNS}\nscores: { tag: ${4 + number / 100} }`)
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
        await waitFor(async () => (await status(daemon)).includes('required=4.19'), 30_000)
        expect(daemon.log().match(/configuration reloaded/g)?.length ?? 0).toBeLessThan(10)
        expect(await daemon.stop()).toBe(0)
      }),
    90_000,
  )
})

/** A connection that breaks the protocol, which is a line of the log; resolves when the daemon has closed it. */
const garbage = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end('\0\0\0\x01Z'))
    socket.on('error', () => resolve(false))
    socket.on('close', () => resolve(true))
    socket.resume()
  })

describe('the reader of the log', () => {
  const start = async () => {
    const folder = temporaryFolder('log-reader')
    const port = await freePort()
    const file = join(folder, 'hamlet.yaml')
    writeFileSync(file, `listen: "inet:${port}@127.0.0.1"\nstate: ./state\n${NO_DNS}`)
    const child = spawn(process.execPath, [join(ROOT, 'bin', 'hamlet.mjs'), 'start', '--config', file], {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    await waitFor(() => garbage(port), 30_000)
    return { folder, port, child, ended }
  }

  it('stands still: mail goes on, and SIGTERM ends the daemon in a few seconds', async () => {
    const { folder, port, child, ended } = await start()
    // twice what a pipe holds; nobody reads
    for (let number = 0; number < 1500; number++) await garbage(port)
    const asked = performance.now()
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    // an idle daemon has nothing to wait for: far from the 20 s that running transactions may have
    expect(performance.now() - asked).toBeLessThan(15_000)
    removeFolder(folder)
  }, 60_000)

  it('goes away: the daemon goes on', async () => {
    const { folder, port, child, ended } = await start()
    child.stdout?.destroy()
    for (let number = 0; number < 20; number++) await garbage(port)
    expect(await garbage(port)).toBe(true)
    expect(child.exitCode).toBe(null)
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    removeFolder(folder)
  }, 60_000)
})
