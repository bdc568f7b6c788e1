/** The container files: free of what a linter of Containerfiles finds, and with settings that their programs accept. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { validate } from 'dockerfile-utils'
import { parse } from 'yaml'
import { main } from '../../lib/cli.ts'
import { describeWith } from '../servers/support/describe-with.ts'
import { recordedTerminal } from '../support/terminal.ts'

const FOLDER = join(import.meta.dirname, '../../packaging/container')
const files = globSync('**/Containerfile', { cwd: FOLDER })

describe('the container files', () => {
  it.each(files)('%s: nothing to find fault with', (file) => {
    expect(validate(readFileSync(join(FOLDER, file), 'utf8')).map(({ message }) => message)).toEqual([])
  })

  it.each(files)('%s copies files that are there', (file) => {
    const text = readFileSync(join(FOLDER, file), 'utf8')
    const context = file === 'Containerfile' ? join(FOLDER, '../..') : join(FOLDER, dirname(file))
    for (const [, source = ''] of text.matchAll(/^COPY (?!--from)(\S+) /gm))
      expect(source === '.' || globSync(source, { cwd: context }).length > 0).toBe(true)
  })

  it('compose.yaml names services, files and addresses that fit together', () => {
    const compose = parse(readFileSync(join(FOLDER, 'compose.yaml'), 'utf8'))
    expect(Object.keys(compose.services)).toEqual(['names', 'hamlet', 'postfix', 'dovecot'])
    const addressOf = (name: string): string => compose.services[name].networks.try.ipv4_address
    const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8')
    expect(read('postfix/main.cf')).toContain(`smtpd_milters = inet:${addressOf('hamlet')}:8893`)
    expect(read('postfix/main.cf')).toContain(`lmtp:inet:${addressOf('dovecot')}:24`)
    expect(read('try.yaml')).toContain(`servers: [${addressOf('names')}]`)
  })

  it.each(['hamlet.yaml', 'try.yaml'])('%s is a configuration without an error', async (file) => {
    const home = mkdtempSync(join(tmpdir(), 'container-'))
    const rules = join(home, 'rules')
    mkdirSync(rules)
    // the paths of the image, on this machine
    const text = readFileSync(join(FOLDER, file), 'utf8')
      .replace('/var/lib/hamlet', join(home, 'state'))
      .replace('/etc/hamlet/rules', rules)
    writeFileSync(join(home, file), text)
    const terminal = recordedTerminal()
    expect(await main(['check-config', '--config', join(home, file)], terminal)).toBe(0)
    expect(terminal.lines.err.join('\n')).toMatch(/: 0 errors, 0 warnings/)
    rmSync(home, { recursive: true })
  })
})

describeWith(
  'the settings of the try-out',
  { programs: ['unbound-checkconf', 'postconf', 'doveconf', 'sievec'] },
  () => {
    let home = ''
    beforeAll(() => {
      home = mkdtempSync(join(tmpdir(), 'tryout-'))
    })
    afterAll(() => rmSync(home, { recursive: true }))
    const run = (program: string, args: readonly string[]) => {
      const { status, stdout, stderr } = spawnSync(program, [...args], { encoding: 'utf8' })
      return { status, said: `${stdout}${stderr}` }
    }

    it('of unbound', () => {
      expect(run('unbound-checkconf', [join(FOLDER, 'names/try.conf')])).toMatchObject({ status: 0 })
    })

    it('of Postfix: every setting is one that it knows', () => {
      copyFileSync(join(FOLDER, 'postfix/main.cf'), join(home, 'main.cf'))
      writeFileSync(join(home, 'master.cf'), 'smtp inet n - y - - smtpd\n')
      const { said } = run('postconf', ['-c', home, '-n'])
      expect(said).not.toMatch(/warning|unused|unknown/i)
      expect(said).toContain('smtpd_milters = inet:172.29.8.10:8893')
    })

    it('of Dovecot, and its script', () => {
      const { status, said } = run('doveconf', ['-n', '-c', join(FOLDER, 'dovecot/dovecot.conf')])
      expect(said).not.toMatch(/error|unknown setting/i)
      expect(status).toBe(0)
      copyFileSync(join(FOLDER, 'dovecot/junk.sieve'), join(home, 'junk.sieve'))
      expect(run('sievec', [join(home, 'junk.sieve')])).toMatchObject({ status: 0 })
    })
  },
)
