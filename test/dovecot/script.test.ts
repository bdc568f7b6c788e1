/** dovecot/hamlet-learn with names that try to leave the spool or to be commands. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

const SCRIPT = join(import.meta.dirname, '../../dovecot/hamlet-learn')

describe('hamlet-learn', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'learn script-'))
    mkdirSync(join(folder, 'spool'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const run = (...args: readonly string[]) =>
    spawnSync('sh', [SCRIPT, ...args], {
      input: 'Subject: x\n\n$(touch body)`touch body`\n',
      cwd: folder,
      env: { ...process.env, HAMLET_SPOOL: join(folder, 'spool') },
    })

  it.each([
    'anna@example.org',
    '../../etc/passwd',
    '$(touch name)',
    '`touch name`',
    '; touch name;',
    '| touch name',
    '\'"; touch name #',
    'a\ntouch name',
    '-rf',
    '*',
    '',
    'ä'.repeat(500),
    '\x1b]0;x\x07',
  ])('a user called %j is a plain name in the spool', (user) => {
    expect(run('spam', user).status).toBe(0)
    expect(readdirSync(folder)).toEqual(['spool'])
    const names = readdirSync(join(folder, 'spool'))
    expect(names).toHaveLength(1)
    expect(names[0]).toMatch(/^spam\.\d{10,25}\.[A-Za-z0-9]{6,20}\.[A-Za-z0-9@._+-]{1,100}\.eml$/)
    expect(readFileSync(join(folder, 'spool', names[0]!), 'utf8')).toContain('$(touch body)')
  })

  it.each(['../x', 'spam/../../x', '$(touch name)', 'other'])('a class called %j is none', (name) => {
    run(name, 'anna@example.org')
    expect(readdirSync(folder)).toEqual(['spool'])
    expect(readdirSync(join(folder, 'spool'))).toEqual([])
  })
})
