/** The `hamlet rules` commands. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { main } from '../../lib/cli.ts'
import { HAM, SPAM } from '../rules/ruleset-mails.ts'
import { MAIL } from '../rules/support.ts'
import { recordedTerminal } from '../support/terminal.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hamlet-rules-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

async function run(...args: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const terminal = recordedTerminal()
  return { code: await main(['rules', ...args], terminal), ...terminal.lines }
}

describe('hamlet rules', () => {
  it('lint names file, line and kind, and its exit code tells errors', async () => {
    const bad = file(
      'bad.cf',
      'body A /x/\nbody B /(/\nloadplugin Mail::SpamAssassin::Plugin::Razor2\nlock_method flock\n',
    )
    const { code, out } = await run('lint', bad)
    expect(code).toBe(1)
    expect(out.map((line) => line.replace(bad, 'bad.cf').split(' ').slice(0, 2).join(' '))).toEqual([
      'bad.cf:2: error:',
      'bad.cf:3: unsupported:',
      'bad.cf:4: warning:',
    ])
    const good = file('good.cf', 'body A /x/\nloadplugin Mail::SpamAssassin::Plugin::Razor2\n')
    expect((await run('lint', good)).code).toBe(0)
    expect((await run('lint', '--strict', good)).code).toBe(1)
    expect((await run('lint', join(folder, 'nothing.cf'))).code).toBe(66)
  })

  it('lint finds no error in the rules of this package', async () => {
    const { code, out } = await run('lint', 'builtin')
    expect(out.filter((line) => line.includes(': error:'))).toEqual([])
    expect(code).toBe(0)
  })

  it('test runs the test lines of a file', async () => {
    const path = file(
      'tests.cf',
      'body A /x+/\ntest A ok axxb\ntest A fail ab\ntest A ok none here\nmeta M A\ntest M ok x\n',
    )
    const { code, out, err } = await run('test', '--rules', path, path)
    expect(code).toBe(1)
    expect(out[0]).toContain('tests.cf:4: A failed: does not hit, but should')
    expect(err.at(-1)).toMatch(/ tests passed, /)
  })

  it('test shows what rules hit in a message', async () => {
    const rules = file('one.cf', 'body FOX /quick \\w+/\nscore FOX 1.25\n')
    const { code, out } = await run('test', '--rules', rules, file('mail.eml', MAIL))
    expect(code).toBe(0)
    expect(out[0]).toMatch(/mail\.eml: 1\.25$/)
    expect(out[1]).toBe('     1.250  FOX  quick brown')
  })

  it('show tells definition, origin and dependants', async () => {
    const path = file('show.cf', 'body __A /abc/\nmeta B __A && 1\nscore B 3\ndescribe B a rule\n')
    const b = await run('show', '--rules', path, 'B')
    expect(b.out.join('\n')).toMatch(/meta B __A && 1\n.*show\.cf:2\n.*a rule\n.*score +3\n.*depends on +__A/)
    expect((await run('show', '--rules', path, '__A')).out.join('\n')).toMatch(/is part of +B \(3\)/)
    expect((await run('show', '--rules', path, 'NO_SUCH')).code).toBe(1)
  })

  it('hits counts ham and spam and ranks', async () => {
    const rules = file(
      'hits.cf',
      'body MONEY /million|donation|inherit/i\nheader HAS_SUBJECT exists:Subject\n',
    )
    const lines = [...SPAM, ...HAM].map(({ mail }, at) => {
      file(`${at}.eml`, mail)
      return `${at < SPAM.length ? 'spam' : 'ham'}\t${at}.eml`
    })
    const { code, out, err } = await run('hits', '--rules', rules, file('index.tsv', `${lines.join('\n')}\n`))
    expect(code).toBe(0)
    expect(err[0]).toBe(`${HAM.length} ham, ${SPAM.length} spam`)
    expect(out[1]).toMatch(/^ +1 +[01]\.\d{3} .* MONEY$/)
    expect(out[2]).toMatch(/^ +2 0\.500 +100\.00 +100\.00 .* HAS_SUBJECT$/)
  })

  it('add writes rules that list shows, in order, and refuses what is wrong', async () => {
    const path = join(folder, 'custom.cf')
    expect(
      await run(
        'add',
        '--file',
        path,
        'from',
        'has-address',
        'a.b@example.com',
        '--action',
        'reject',
        '--with',
        'no',
      ),
    ).toMatchObject({ code: 0, out: ['CUSTOM_RULE_1'] })
    expect(
      (await run('add', '--file', path, 'body', 'contains', 'billig', '100%', '--score', '2.5')).out,
    ).toEqual(['CUSTOM_RULE_2'])
    expect(
      (
        await run(
          'add',
          '--file',
          path,
          'X-Thing',
          'is-missing',
          '--name',
          'NO_THING',
          '--comment',
          'no thing',
        )
      ).code,
    ).toBe(0)
    expect(readFileSync(path, 'utf8')).toContain(
      'header CUSTOM_RULE_1 AnyFrom:addr =~ /^a\\.b\\@example\\.com$/im',
    )
    const { out } = await run('list', path)
    expect(out.filter((line) => !line.startsWith(' '))).toEqual([
      '1. CUSTOM_RULE_1  reject no  from has-address a.b@example.com',
      '2. CUSTOM_RULE_2  +2.5  body contains billig 100%',
      '3. NO_THING  +5  no thing',
    ])
    for (const wrong of [
      ['subject', 'sounds-like', 'x'],
      ['subject', 'contains'],
      ['body', 'is-missing'],
      ['subject', 'contains', 'x', '--action', 'explode'],
      ['subject', 'contains', 'x', '--name', 'NO_THING'],
      ['no header', 'contains', 'x'],
    ])
      expect((await run('add', '--file', path, ...wrong)).code).toBe(64)
  })
})
