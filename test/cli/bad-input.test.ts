/** What an administrator sees when something is wrong: one clear message, the right exit code, no stack. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { hamlet, NO_DNS, startHamlet } from '../servers/support/hamlet.ts'
import { freePort, removeFolder, temporaryFolder } from '../servers/support/programs.ts'

describe('what is wrong is said in one line', () => {
  let folder = ''
  const file = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
  beforeAll(() => {
    folder = temporaryFolder('bad-input')
  })
  afterAll(() => removeFolder(folder))

  it('a configuration with ten errors: all ten, with their lines', async () => {
    const path = file(
      'ten.yaml',
      'listen: 5\nstat: x\ndns:\n  timeout: 5 apples\n  server: [a]\nscores:\n  reject: foo\njudge:\n  trusted: maybe\n  stage_deadline: 99h\nscan:\n  workers: -1\nmilter:\n  socket_mode: "9999"\nlog:\n  format: xml\n',
    )
    const { code, err } = await hamlet(['check-config', '--config', path])
    expect(code).toBe(78)
    expect(err.match(/ten\.yaml:\d+: /g)).toHaveLength(10)
  })

  it('a rule with a broken regex: file and line, the other rules stay', async () => {
    const rules = file(
      'broken.cf',
      'header A Subject =~ /(/\nscore A 1\nheader B Subject =~ /b/\nscore B 6\n',
    )
    const config = file('rules.yaml', `${NO_DNS}\nrules: ${rules}\n`)
    const checked = await hamlet(['check-config', '--config', config])
    expect(checked.code).toBe(78)
    expect(checked.err).toMatch(/error: .*broken\.cf:1: /)
    const { out } = await hamlet(['scan', '--config', config, '--local', '--json', '-'], {
      input: 'Subject: b\n\nx\n',
    })
    expect(JSON.parse(out)).toMatchObject({
      verdict: 'tag',
      tests: expect.arrayContaining([{ name: 'B', score: 6, detail: 'b' }]),
    })
  })

  it('a configuration file that is not there', async () => {
    const { code, err } = await hamlet(['start', '--config', join(folder, 'nowhere.yaml')])
    expect([code, err]).toEqual([
      78,
      `hamlet start: ${join(folder, 'nowhere.yaml')}: there is no such file\n`,
    ])
  })

  it('a state directory that another daemon has', async () => {
    const state = join(folder, 'state-taken')
    const first = await startHamlet({ config: NO_DNS, stateFolder: state })
    try {
      const config = file(
        'second.yaml',
        `listen: "inet:${await freePort()}@127.0.0.1"\nstate: ${state}\n${NO_DNS}\n`,
      )
      const { code, err } = await hamlet(['start', '--config', config])
      expect(code).toBe(75)
      expect(err.trim().split('\n')).toEqual([
        `hamlet start: another Hamlet runs on the state directory ${state}; stop it, or give each its own`,
      ])
      // who was killed has it no longer
      await first.stop('SIGKILL')
      const next = await startHamlet({ config: NO_DNS, stateFolder: state })
      await next.stop()
      next.remove()
    } finally {
      first.remove()
    }
  }, 60_000)

  it('a port in use', async () => {
    const port = await freePort()
    const other = createServer().listen(port, '127.0.0.1')
    const path = file('port.yaml', `${NO_DNS}\nlisten: inet:${port}@127.0.0.1\nstate: ./port-state\n`)
    const { code, err } = await hamlet(['start', '--config', path])
    other.close()
    expect(code).toBe(69)
    expect(err.trim().split('\n')).toHaveLength(1)
    expect(err).toMatch(new RegExp(`${port}.*(in use|already)`))
  })

  it('a socket path that is too long', async () => {
    const path = file('long.yaml', `${NO_DNS}\nlisten: "unix:/${'x'.repeat(200)}"\nstate: ./long-state\n`)
    const { code, err } = await hamlet(['start', '--config', path])
    expect(code).toBe(78)
    expect(err).toMatch(/10[78]/)
    expect(err).not.toMatch(/\n\s+at /)
  })

  it.each([
    ['unknown verb', ['scam'], 64, /unknown verb `scam`; did you mean `scan`\?/],
    ['unknown option', ['scan', '--jason', 'x'], 64, /--jason/],
    ['no file', ['scan'], 64, /no FILE given/],
    ['no such file', ['scan', '--local', '/nowhere/mail.eml'], 66, /\/nowhere\/mail\.eml/],
    ['no address', ['scan', '--client-ip', 'mx', 'x'], 64, /--client-ip: mx is not an IP address/],
  ])('%s', async (_name, args, expected, message) => {
    const { code, err } = await hamlet(args)
    expect(code).toBe(expected)
    expect(err).toMatch(message)
    expect(err).not.toMatch(/\n\s+at /)
  })

  it.each([
    [
      'corrupt',
      (path: string) => writeFileSync(path, 'this is no database at all, however long one looks at it'),
    ],
    ['a folder', (path: string) => mkdirSync(path)],
    [
      'locked',
      (path: string) => {
        const database = new Database(path)
        database.pragma('locking_mode = EXCLUSIVE')
        database.exec('CREATE TABLE t (a); BEGIN EXCLUSIVE')
        return () => database.close()
      },
    ],
  ] as const)(
    'a database that is %s: said at start, and mail still flows',
    async (name, spoil) => {
      const state = join(folder, `state-${name.replace(' ', '-')}`)
      mkdirSync(state)
      const release = spoil(join(state, 'bayes.sqlite'))
      const daemon = await startHamlet({
        config: NO_DNS,
        folder: state,
        listen: `inet:${await freePort()}@127.0.0.1`,
        stateFolder: state,
      })
      try {
        expect(daemon.log()).toMatch(/error: .*bayes\.sqlite/)
        expect(daemon.log()).toMatch(/is listening/)
      } finally {
        await daemon.stop()
        release?.()
      }
      chmodSync(state, 0o755)
    },
    60_000,
  )
})
