/** The parsers of lib/mail and what reads mail beside the rules: attachments, signatures, links, the classifier's view. */
import { budgetOf, inspect } from '../../lib/attachments/inspect.ts'
import { verifySignatures } from '../../lib/auth/signatures.ts'
import { tokensOf } from '../../lib/bayes/tokens.ts'
import { viewOf } from '../../lib/bayes/view.ts'
import { inspectLinks } from '../../lib/links/inspect.ts'
import { displayName, parseAddresses } from '../../lib/mail/address.ts'
import { envelopeFrom } from '../../lib/mail/envelope.ts'
import { parseMessage } from '../../lib/mail/message.ts'
import { parseReceived } from '../../lib/mail/received.ts'
import { splitMail } from '../../lib/mail/split.ts'
import type { Gene, Subject } from './subject.ts'

const HEAD = 'From: a@example.org\nTo: b@example.net\nSubject: s\nMIME-Version: 1.0\n'
const LIMITS = { depth: 3, entries: 1000, ratio: 100, unpacked: 64_000_000 }
const words = (text: string): readonly string[] => text.split('|')
const BLANKS = [' ', '\t', '\n', '\n ', '\r\n', '\0', '\xa0']
const gene = (head: string, body: string, tail = ''): Gene => ({ head, body, tail })

/** All that is asked of every mail, in the order in which it is asked. */
function* steps(mail: Uint8Array): Generator<readonly [string, () => unknown]> {
  const split = splitMail(mail)
  const message = parseMessage(split)
  yield ['split', () => splitMail(mail)]
  yield ['headers', () => [message.allHeaders(), message.headerBlock()]]
  yield ['MIME', () => message.leaves.map((leaf) => [leaf.filename, leaf.start])]
  yield ['decoded', () => message.decoded()]
  yield ['HTML', () => message.html()]
  yield ['rendered', () => [message.rendered(), message.visible(), message.invisible()]]
  yield ['URIs', () => message.uris()]
  yield ['defects', () => message.defects]
  yield ['full', () => message.full()]
  yield [
    'addresses',
    () =>
      ['from', 'to', 'cc', 'reply-to', 'sender', 'return-path'].flatMap((name) =>
        message
          .rawHeader(name)
          .flatMap((value) => parseAddresses(value).map(({ phrase = '' }) => displayName(phrase))),
      ),
  ]
  yield ['Received', () => envelopeFrom(message, parseReceived(message, {}), {})]
  yield [
    'links',
    () =>
      inspectLinks(
        message.uris().map(({ uri, types, anchorText }) => ({
          target: uri,
          texts: anchorText.map((one) => one.slice(0, 2000)),
          tags: types,
        })),
        { shorteners: [], protectedDomains: ['bank.example'] },
      ),
  ]
  yield [
    'attachments',
    () => {
      const budget = budgetOf(LIMITS)
      for (const leaf of message.leaves)
        inspect({ name: leaf.filename ?? '', mediaType: leaf.type, bytes: leaf.bytes() }, LIMITS, budget)
    },
  ]
  yield ['classifier', () => tokensOf(viewOf(message))]
  yield [
    'signatures',
    () =>
      verifySignatures(
        { headers: split.headers, body: split.body, truncated: false },
        {
          resolver: () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })),
          now: Date.UTC(2026, 0, 1),
          clockTolerance: 300_000,
          minimumBits: 1024,
          arc: true,
          trustedSealers: [],
        },
      ),
  ]
}

/** A header as often as the text needs: values over 8 KB are cut. */
const manyHeaders =
  (name: string) =>
  (text: string): string => {
    const lines: string[] = []
    for (let at = 0; at < text.length; at += 8000)
      lines.push(`${name}: ${text.slice(at, at + 8000).replaceAll('\n', '\n ')}\n`)
    return `${lines.join('')}${HEAD}\nx\n`
  }

const manyParts =
  (header: string) =>
  (text: string): string => {
    const parts: string[] = []
    for (let at = 0; at < text.length; at += 8000)
      parts.push(`--B\n${header}${text.slice(at, at + 8000).replaceAll('\n', '\n ')}\n\nx\n`)
    return `${HEAD}Content-Type: multipart/mixed; boundary=B\n\n${parts.join('')}--B--\n`
  }

const page = (text: string): string => `${HEAD}Content-Type: text/html; charset=utf-8\n\n${text}`

export const PARSERS: readonly Subject[] = [
  {
    name: 'header block',
    words: [...words('X|:|Received|Subject|From|a: b\n|=?utf-8?Q?|?='), ...BLANKS],
    known: [gene('', 'X: abc\n'), gene('X:', '\n a'), gene('', '\n')],
    wrap: (text) => `${text}\n${HEAD}\nx\n`,
    steps,
  },
  {
    name: 'addresses',
    words: [...words('<|>|@|"|\\|(|)|,|;|a|a@b.example|[|]|:|< >|<a>|.'), ...BLANKS],
    known: [
      gene('x <a@b.example>', '<a>', ' !'),
      gene('<', '< >', ' )@'),
      gene('', '<>', '!'),
      gene('', '> <', '!'),
      gene('', '(\\', '\n'),
    ],
    wrap: manyHeaders('To'),
    steps,
  },
  {
    name: 'Received',
    words: [
      ...words(
        'from |by |with |a|@|(|)|[|]|[192.0.2.1]|192.0.2.1|;|for |id |HELO |helo=|envelope-from |<|>|(Postfix)|Exim|' +
          ') by |authenticated|SMTP|ESMTP|mapi id|(qmail |::1|:|.|1|via |, ',
      ),
      ' ',
      '\n ',
    ],
    known: [
      gene('from a (a@[1.2.3.4] ', '@[0]', ') by'),
      gene('from a (b [1.2.3.4]', ') by c', '  '),
      gene('from a (EHLO ) (y', '@0.0.0.0t'),
      gene('from a [1.2.3.4]) by c', ') by x (1.2.345) (authenticated as y'),
    ],
    wrap: (text) => {
      const lines: string[] = []
      for (let at = 0; at < text.length; at += 2000)
        lines.push(`Received: ${text.slice(0, 30)}${text.slice(at, at + 2000).replaceAll('\n', ' ')}\n`)
      return `${lines.join('')}${HEAD}\nx\n`
    },
    steps,
  },
  {
    name: 'parameters',
    words: [
      ...words(`text/plain|multipart/mixed|;|=|"|'|boundary|charset|name|filename|*|*0|*0*|utf-8|%41|\\|a`),
      ...BLANKS,
    ],
    known: [
      gene('text/plain; ', 'boundary=x', '"'),
      gene('', 'name=\n '),
      gene('text/plain; charset=', ' ', 'x\n y'),
    ],
    wrap: manyParts('Content-Type: '),
    steps,
  },
  {
    name: 'encoded words',
    words: [...words('=?|?=|utf-8|?Q?|?B?|iso-2022-jp|gb2312|=41|YWJj|_|=|?|a|=?utf-8?Q?=E4?='), ...BLANKS],
    known: [gene('', '=?utf-8?Q?a?= '), gene('', '=?'), gene('', '=?a?q?')],
    wrap: manyHeaders('Subject'),
    steps,
  },
  {
    name: 'multipart',
    words: [
      ...words(
        '--B|--B--|--b|Content-Type: |multipart/mixed; boundary=|message/rfc822|text/html|text/plain|b|"|Content-Transfer-Encoding: |base64|x',
      ),
      '\n',
      '\n\n',
      ' ',
    ],
    known: [
      gene('', '--B\nContent-Type: text/html\n\n<a href="http://x.example.com/">x</a>\n'),
      gene('', '--Bx\n'),
      gene('', '--B\n'),
      gene('', 'aaaaaaa\n'),
      gene('', '--B\nContent-Type: multipart/mixed; boundary=B\n\n'),
    ],
    wrap: (text) => `${HEAD}Content-Type: multipart/mixed; boundary=B\n\n--B\n${text}`,
    steps,
  },
  {
    name: 'text',
    words: [
      ...words('http://|www.|a|.|com|@|mailto:|/|?|#|%41|<|>|(|)|&|;|,|\x1b(B|\x1b$B|1|2.|-|_|:'),
      ...BLANKS,
    ],
    known: [
      gene('', 'aaaaaa\n'),
      gene('', 'a/'),
      gene('', 'a.'),
      gene('', 'http://a.com/ '),
      gene('', '\x1b$B'),
      gene('', '\n'),
    ],
    wrap: (text) => `${HEAD}Content-Type: text/plain; charset=utf-8\n\n${text}`,
    steps,
  },
  {
    name: 'charsets',
    words: [...words('+AGE-|+|-|\x1b$B|\x1b(J|\x1b(B|\x80|\xff|\xe4|=|a|&|~{|~}'), ...BLANKS],
    known: [gene('', '+AGE-'), gene('', '\x1b(J\x1b(B')],
    wrap: (text) => {
      const names = ['utf-7', 'iso-2022-jp', 'gb2312', 'utf-16', 'big5', 'x-unknown']
      const size = Math.ceil(text.length / names.length)
      const parts = names.map(
        (name, at) =>
          `--B\nContent-Type: text/plain; charset=${name}\n\n${text.slice(at * size, (at + 1) * size)}\n`,
      )
      return `${HEAD}Content-Type: multipart/mixed; boundary=B\n\n${parts.join('')}--B--\n`
    },
    steps,
  },
  {
    name: 'transfer encodings',
    words: [...words('=|=20|=4|==|Y|YWJj|begin 644 a|end|`|M|~'), ...BLANKS],
    known: [gene('', '=\n'), gene('', ' '), gene('', 'Y=')],
    wrap: (text) => {
      const half = Math.ceil(text.length / 2)
      const part = (encoding: string, body: string) =>
        `--B\nContent-Type: text/plain\nContent-Transfer-Encoding: ${encoding}\n\n${body}\n`
      return (
        `${HEAD}Content-Type: multipart/mixed; boundary=B\n\n` +
        `${part('quoted-printable', text.slice(0, half))}${part('base64', text.slice(half))}--B--\n`
      )
    },
    steps,
  },
  {
    name: 'HTML',
    words: [
      ...words(
        '<|>|</|<a href="|">|<a |href=|<!--|-->|<![|]]>|<style>|<script>|<title>|<b>|<p>|<table><td>|<font color=red>|</font>|&|&#x|;|a|"|\'|=|/|<base href="http://a/">|<meta |<img src=|<p style="',
      ),
      ...BLANKS,
    ],
    known: [
      gene('', '<'),
      gene('', '<a href="'),
      gene('', '<!--'),
      gene('', '<title>'),
      gene('', '<table><tr><td>'),
      gene('', '<p>a</p>'),
      gene('', '<a href="http://a.example/">a</a>'),
      gene('', '<a href=x>', 'text'),
    ],
    wrap: page,
    steps,
  },
  {
    name: 'styles',
    words: [
      ...words(
        'color|:|;|background|background-color|!|important|rgb(|)|,|#fff|url(|display|none|x|(|transparent|\xc2\xa0',
      ),
      ...BLANKS,
    ],
    known: [
      gene('color:', ' ', 'x\ny;'),
      gene('', 'color:red;'),
      gene('background:', '('),
      gene('color:red', ' !'),
    ],
    wrap: (text) => page(`<p style="${text.replaceAll('"', '')}">x`),
    steps,
  },
  {
    name: 'attributes',
    words: [
      ...words('http://|a|.com|/|?|#|@|:|%41|%20|&#x41;|&|=|<|\\|javascript:|url|0;|;|,|..|mailto:'),
      ...BLANKS,
    ],
    known: [
      gene('x', ' ', 'x'),
      gene('', 'http://a.com/'),
      gene('', '%41'),
      gene('0;url=x', ' ', 'x'),
      gene('', '\nurl='),
    ],
    wrap: (text) => {
      const tags: string[] = []
      for (let at = 0; at < text.length; at += 40_000) {
        const value = text.slice(at, at + 10_000).replaceAll('"', '')
        const more = text.slice(at + 10_000, at + 40_000).replaceAll('"', '')
        tags.push(`<a href="${value}">x</a><base href="http://a.example/${value.slice(0, 7000)}">`)
        tags.push(`<meta http-equiv=refresh content="0;url=${more}"><img src="${more.slice(0, 10_000)}">`)
      }
      return page(tags.join('\n'))
    },
    steps,
  },
]
