/** Text from outside on screens: one cleaner, and no verb that prints past it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { sourceFiles } from '../docs/file-map.ts'
import { main } from '../lib/cli.ts'
import { cleanTerminal } from '../lib/cli/verb.ts'
import { cleanText, forTerminal, plainText } from '../lib/plain-text.ts'

/** What no screen may get: controls but line feed and tab, line ends of Unicode, marks that turn the direction. */
const ACTS = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/
const HOSTILE =
  '\x1b[2J\x1b]0;title\x07\x1bP1$r\x1b\\\x9b31m\x9d52;c;AAAA\x9c\x08\x08\r\x0c\x7f\x85\u202egpj.exe\u2066x\u2069\u200f\u2028\u{e0041}'

describe('foreign text', () => {
  it('loses what acts, and keeps what is read', () => {
    expect(plainText(HOSTILE)).not.toMatch(ACTS)
    expect(plainText('Grüße, 東京 👩\u200d💻 می\u200cخواهم')).toBe('Grüße, 東京 👩\u200d💻 می\u200cخواهم')
    expect(cleanText('a\r\nX-Spam-Flag: NO\n\n', 100)).toBe('a X-Spam-Flag: NO')
    expect(cleanText('x'.repeat(20), 10)).toBe(`${'x'.repeat(10)}…`)
  })

  it('on a screen is shown with its codes, which JSON reads as what was meant', () => {
    expect(forTerminal('a\x1b[31m\tb\nc\u202e')).toBe('a\\u001b[31m\tb\nc\\u202e')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(forTerminal(text)).not.toMatch(ACTS)
        expect(JSON.parse(forTerminal(JSON.stringify({ text })))).toEqual({ text })
      }),
    )
  })
})

function screen(isTTY: boolean) {
  const written: Buffer[] = []
  const stream = { isTTY, write: (text: string | Uint8Array) => written.push(Buffer.from(text)) }
  const terminal = cleanTerminal(Readable.from([]), stream, stream)
  return { terminal, text: () => Buffer.concat(written).toString('utf8') }
}

describe('octets of a mail', () => {
  it('go to a file as they are, to a screen without what acts', () => {
    const [file, tty] = [screen(false), screen(true)]
    for (const { terminal } of [file, tty]) terminal.octets?.(Buffer.from(HOSTILE))
    expect(file.text()).toBe(HOSTILE)
    expect(tty.text()).not.toMatch(ACTS)
  })
})

it('no verb writes to a stream of the process itself', () => {
  const direct = sourceFiles()
    .filter((file) => file.startsWith('lib/') && !/^lib\/(?:cli|log)\.ts$/.test(file))
    .filter((file) =>
      /process\.(?:stdout|stderr)\.write|console\./.test(
        readFileSync(join(import.meta.dirname, '..', file), 'utf8'),
      ),
    )
  expect(direct).toEqual([])
})

describe('verbs that print what mail says', () => {
  let folder = ''
  const place = (name: string) => join(folder, name)
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'screen-'))
    writeFileSync(place('hamlet.yaml'), `state: ${place('state')}\nlog: { level: error }\n`)
    const encoded = `=?utf-8?B?${Buffer.from(HOSTILE).toString('base64')}?=`
    const raw = HOSTILE.replace(/[\r\n]/g, '')
    const mail = [
      `From: "${raw}" <${raw}@sender.example>`,
      `Reply-To: ${encoded} <x@sender.example>`,
      'To: user@example.test',
      `Subject: ${encoded} ${raw} viagra`,
      `Message-ID: <${raw}@sender.example>`,
      `X-Spam-Status: Yes, score=9 tests=${raw}`,
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/html; charset=utf-8',
      '',
      `${raw} <a href="http://${raw}.example/${raw}">www.${raw}bank.example</a>`,
      '--b',
      `Content-Type: application/octet-stream; name="${encoded}${raw}.exe"`,
      'Content-Transfer-Encoding: base64',
      '',
      'TVqQAA==',
      '--b--',
      '',
    ].join('\n')
    // a file's name has no slash and no NUL
    for (const name of ['mail.eml', `${raw.replace(/[/\0]/g, '')}.eml`]) writeFileSync(place(name), mail)
    writeFileSync(place('rules.cf'), `body ${raw} /x/\nbody T_X /bank/\ndescribe T_X ${raw}\nscore T_X 1\n`)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const hostileFile = () => place(`${HOSTILE.replace(/[\r\n/\0]/g, '')}.eml`)
  const rows: readonly (readonly [string, () => readonly string[]])[] = [
    ['scan', () => ['scan', '--local', place('mail.eml'), hostileFile()]],
    ['scan --json', () => ['scan', '--local', '--json', hostileFile()]],
    ['scan of a file that is not there', () => ['scan', '--local', `${hostileFile()}x`]],
    ['learn', () => ['learn', 'spam', hostileFile(), place('mail.eml')]],
    ['learn log', () => ['learn', 'log']],
    ['explain', () => ['explain', hostileFile()]],
    ['stats', () => ['stats']],
    ['rules lint', () => ['rules', 'lint', place('rules.cf')]],
    ['rules test', () => ['rules', 'test', '--rules', place('rules.cf'), hostileFile()]],
    ['why', () => ['why', HOSTILE.replace(/\0/g, '')]],
    ['allow', () => ['allow', '--note', HOSTILE, 'x@sender.example']],
    ['allow, listed', () => ['allow']],
    ['senders', () => ['senders', HOSTILE]],
    ['limits', () => ['limits', 'show', HOSTILE]],
    ['an unknown verb', () => [HOSTILE]],
    ['an unknown option', () => ['scan', `--${HOSTILE}`]],
  ]
  it.each(rows)(
    '%s',
    async (_what, args) => {
      const { terminal, text } = screen(true)
      const [verb = '', ...rest] = args()
      const known = /^(?:scan|learn|explain|stats|why|allow|senders|limits)$/.test(verb)
      const config = known ? ['--config', place('hamlet.yaml')] : []
      const place2 =
        rest[0] !== undefined && /^(?:spam|log|show)$/.test(rest[0])
          ? [rest[0], ...config, ...rest.slice(1)]
          : [...config, ...rest]
      await main([verb, ...place2], terminal)
      expect(text().length).toBeGreaterThan(10)
      expect(text()).not.toMatch(ACTS)
    },
    60_000,
  )
})
