import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from '../../lib/cli.ts'
import { recordedTerminal } from '../support/terminal.ts'

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'learn-'))
  writeFileSync(join(home, 'c.yaml'), 'state: ./state\n')
  for (const n of [1, 2, 3]) writeFileSync(join(home, `${n}.eml`), mail(n))
})
afterEach(() => rmSync(home, { recursive: true }))

const mail = (n: number) =>
  `Message-ID: <${n}@example.org>\nFrom: a@example.org\nSubject: mail ${n}\n\ntext ${n}\n`
async function run(args: string[], input = '') {
  const terminal = recordedTerminal(input)
  const code = await main(args, terminal)
  return { code, out: terminal.lines.out.join('\n'), err: terminal.lines.err.join('\n') }
}
const learn = (action: string, ...args: string[]) =>
  run(['learn', action, '--config', join(home, 'c.yaml'), ...args])
const file = (n: number) => join(home, `${n}.eml`)

describe('hamlet learn', () => {
  it('learns once, moves, forgets by file and by Message-ID', async () => {
    expect((await learn('spam', file(1), file(2))).out).toBe(
      '2 learned; now 2 spam and 0 ham (needs 198 more spam and 200 more ham)',
    )
    expect((await learn('spam', file(1))).out).toMatch(/^1 known already; now 2 spam and 0 ham/)
    expect((await learn('ham', file(1))).out).toMatch(/^1 moved to the other class; now 1 spam and 1 ham/)
    expect(await learn('forget', file(1))).toMatchObject({ code: 0 })
    expect(await learn('forget', file(1))).toMatchObject({ code: 1 })
    expect((await learn('forget', '--message-id', '<2@example.org>')).out).toMatch(
      /^1 forgotten; now 0 spam and 0 ham/,
    )
  })
  it('shows what was learned, from where, and what is missing', async () => {
    const shown = (...args: string[]) => run(['stats', '--config', join(home, 'c.yaml'), ...args])
    expect((await shown()).err).toMatch(/nothing was learned/)
    await learn('spam', file(1), file(2))
    await learn('ham', '--source', 'folder', file(3))
    await learn('ham', file(1))
    const { out } = await shown()
    expect(out).toMatch(
      /^classifier {2}1 spam and 2 ham learned, needs 199 more spam and 198 more ham; until/m,
    )
    expect(out).toMatch(/^autolearn {3}off$/m)
    expect(out).toMatch(/^database {4}\d+\.\d MB used, file \d+\.\d MB of at most 200\.0 MB; \d+ words$/m)
    expect(out).toMatch(/^ {2}command {8}2 spam, 1 taken back$/m)
    expect(out).toMatch(/^ {2}\d{4}-\d\d-\d\d {2}folder {9}1 ham$/m)
    expect(JSON.parse((await shown('--json')).out)).toMatchObject({
      enabled: true,
      learned: { spam: 1, ham: 2 },
      needs: 'needs 199 more spam and 198 more ham',
      confidence: 0.005,
      autolearn: { enabled: false, lessons: 0, corrected: 0, stopped: null },
      limit: 200 * 1024 ** 2,
    })
  })
  it('keeps a model of its own for a domain', async () => {
    writeFileSync(join(home, 'c.yaml'), 'state: ./state\nbayes: { domains: [own.example] }\n')
    expect((await learn('spam', '--domain', 'own.example', file(1))).out).toMatch(/now 1 spam and 0 ham/)
    expect((await learn('ham', file(1))).out).toMatch(/^1 learned; now 0 spam and 1 ham/)
    const spool = join(home, 'spool')
    mkdirSync(spool)
    writeFileSync(join(spool, 'spam.1763712000000000000.abcdef.anna@own.example.eml'), mail(2))
    writeFileSync(join(spool, 'spam.1763712000000000001.abcdef.ben@other.example.eml'), mail(3))
    expect((await learn('spool', spool)).out).toMatch(
      /^1 learned; now 1 spam and 1 ham .*\nown\.example: 1 learned; now 2 spam and 0 ham /,
    )
    const { out } = await run(['stats', '--config', join(home, 'c.yaml'), '--domain', 'own.example'])
    expect(out).toMatch(/^classifier {2}2 spam and 0 ham learned/)
    expect((await learn('log', '--domain', 'foreign.example')).err).toMatch(
      /foreign\.example is none of bayes\.domains/,
    )
  })
  it('reads an mbox from standard input', async () => {
    const mbox = [1, 2].map((n) => `From a@b Mon Jan  1 00:00:00 2024\n${mail(n)}\n`).join('')
    expect((await run(['learn', 'ham', '--config', join(home, 'c.yaml'), '-'], mbox)).out).toMatch(
      /^2 learned/,
    )
  })
  it('shows the journal and takes lessons back by number and by source', async () => {
    await learn('spam', '--who', 'anna', '--source', 'folder', file(1))
    await learn('ham', '--who', 'ben', file(2), file(3))
    const { out } = await learn('log', '--json')
    const entries = out.split('\n').map((line) => JSON.parse(line) as { id: number; who: string; as: string })
    expect(entries.map(({ who, as }) => `${who} ${as}`)).toEqual(['ben ham', 'ben ham', 'anna spam'])
    expect((await learn('log', '--who', 'anna')).out).toMatch(/folder\/anna {2}spam {2}<1@example.org>$/)
    expect((await learn('undo', String(entries[2]!.id))).out).toBe(
      '1 of 1 lessons taken back; now 0 spam and 2 ham',
    )
    expect((await learn('undo', '--since', '1d', '--who', 'ben')).out).toBe(
      '2 of 2 lessons taken back; now 0 spam and 0 ham',
    )
    expect(await learn('undo', '99')).toMatchObject({
      code: 1,
      out: '0 of 1 lessons taken back; now 0 spam and 0 ham',
    })
  })
  it('learns a spool in the order in which it was filled, and trusts nothing in it', async () => {
    const spool = join(home, 'spool')
    mkdirSync(spool)
    writeFileSync(join(spool, 'ham.1700000000000000002.AbCdEf123456.anna@x.eml'), mail(1))
    writeFileSync(join(spool, 'spam.1700000000000000001.AbCdEf123457.anna@x.eml'), mail(1))
    writeFileSync(join(spool, '.spam.halfwritten'), mail(2))
    writeFileSync(join(spool, 'evil.eml'), mail(2))
    symlinkSync('/etc/passwd', join(spool, 'spam.1700000000000000003.AbCdEf123458.eve.eml'))
    mkdirSync(join(spool, 'ham.1700000000000000004.AbCdEf123459.eve.eml', 'full'), { recursive: true })
    writeFileSync(join(spool, 'spam.1.eml'), mail(2))
    const { out, err } = await learn('spool', spool)
    expect(out).toMatch(/^2 learned; now 0 spam and 1 ham/)
    expect(err).toContain('not a plain file')
    expect(readdirSync(spool).sort()).toEqual([
      '.refused.ham.1700000000000000004.AbCdEf123459.eve.eml',
      '.refused.spam.1.eml',
      '.spam.halfwritten',
      'evil.eml',
    ])
  })
  it('learns of one user no more than the limit of a day from a spool', async () => {
    const spool = join(home, 'busy')
    mkdirSync(spool)
    const now = BigInt(Date.now()) * 1_000_000n
    const put = (n: number, who: string) =>
      writeFileSync(join(spool, `spam.${now + BigInt(n)}.AbCdEf12345${n}.${who}.eml`), mail(n))
    for (const n of [1, 2, 3, 4]) put(n, 'eve@x')
    put(5, 'anna@x')
    const config = join(home, 'daily.yaml')
    writeFileSync(config, `state: ${join(home, 'daily')}\nbayes: { train: { most_a_day: 2 } }\n`)
    const { out, err } = await learn('spool', '--config', config, spool)
    expect(out).toMatch(/^3 learned/)
    expect(err.match(/eve@x: 2 lessons a day/g)).toHaveLength(1)
    expect(readdirSync(spool)).toEqual([])
  })
  it('says what is wrong, in one line', async () => {
    const said = async (action: string, ...args: string[]) =>
      (await learn(action, ...args)).err.split('\n')[0]
    expect(await said('eggs', file(1))).toBe('hamlet learn: unknown command eggs')
    expect(await said('spam')).toMatch('no FILE given')
    expect(await said('spam', join(home, 'none'))).toMatch('there is no such file')
    expect(await said('undo')).toMatch('name lessons by their numbers')
    expect(await said('log', '--since', 'yesterdayish')).toMatch('expected a date')
    writeFileSync(join(home, 'c.yaml'), `state: ${join(home, 'broken')}\n`)
    mkdirSync(join(home, 'broken'))
    writeFileSync(join(home, 'broken/bayes.sqlite'), 'no database '.repeat(100))
    expect((await learn('spam', file(1))).code).toBe(75)
  })
})

describe('hamlet explain', () => {
  it('says which hit that is, and what would have changed the class', async () => {
    await learn('spam', file(1))
    writeFileSync(
      join(home, 'h.eml'),
      'Message-ID: <h@h.example>\nTo: us\nSubject: lunch\n\nsee you at noon\n',
    )
    await learn('ham', join(home, 'h.eml'))
    // the header of the spam, the body of the ham
    const mixed = mail(1).replace('text 1', 'see you at noon')
    const { out } = await run(['explain', '--config', join(home, 'c.yaml'), '-'], mixed)
    expect(out).toMatch(/^-: probability of spam 0\.\d+ \(BAYES_50, BAYES_LEARNING\), log-odds [+-]/)
    const [, side, other] = /first \d+ reasons towards (\w+) the answer would be (\w+)\.$/m.exec(out) ?? []
    expect([side, other].toSorted()).toEqual(['ham', 'spam'])
    expect(out).toMatch(new RegExp(`^  By its (header|body) alone the answer would be ${other} `, 'm'))
  })
  it('shows words with their counts', async () => {
    await learn('spam', file(1))
    await learn('ham', file(2))
    const { out } = await run(['explain', '--config', join(home, 'c.yaml'), file(1)])
    expect(out).toContain('learned 1 spam and 1 ham')
    expect(out).toMatch(/\+0\.\d+ word {7}\S+ {2}spam 1 ham 0/)
  })
})
