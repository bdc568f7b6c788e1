/** Mails made to break or to hold a parser: nothing throws, and nothing takes long. */
import { describe, expect, it } from '@jest/globals'
import { parseReceived } from '../../lib/mail/received.ts'
import { askAll, mail, seeded } from './support.ts'

const MEGA = 1_000_000
/** Enough to make anything quadratic take minutes. */
const MANY = MEGA / 5
/** CPU milliseconds a case may take; on a quiet machine all stay well below a second. */
const MOST_TIME = 5000
const head = 'From: a@example.org\nTo: b@example.net\nSubject: s\nMIME-Version: 1.0\n'
const html = (body: string) => `${head}Content-Type: text/html; charset=utf-8\n\n${body}`
const text = (body: string) => `${head}Content-Type: text/plain; charset=utf-8\n\n${body}`
const encoded = (encoding: string, body: string) => `${head}Content-Transfer-Encoding: ${encoding}\n\n${body}`
const parts = (count: number, part: string) =>
  `${head}Content-Type: multipart/mixed; boundary=B\n\n${`--B\n${part}\n`.repeat(count)}--B--\n`
const nested = (depth: number) =>
  Array.from({ length: depth }, (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`).join(
    '',
  )

const cases: Readonly<Record<string, () => string>> = {
  '10,000 parts': () => parts(10_000, 'Content-Type: text/html\n\n<a href="http://x.example.com/">x</a>'),
  'nested 500 deep': () => `${head}${nested(500)}x`,
  'messages in messages': () => `${head}Content-Type: message/rfc822\n\n`.repeat(500),
  'one boundary for all': () => 'Content-Type: multipart/mixed; boundary=B\n\n--B\n'.repeat(5000),
  'a header of 10 MB': () => `X: ${'a '.repeat(5 * MEGA)}\n${text('x')}`,
  'a header with many folds': () => `X: ${'a\n '.repeat(3 * MANY)}\n${text('x')}`,
  'many headers': () => 'X: abc\n'.repeat(100_000) + text('x'),
  'many Received headers': () =>
    'Received: from a (b [192.0.2.1]) by c (Postfix) with ESMTP id D\n'.repeat(10_000) + text('x'),
  'a line of 5 MB': () => text('a'.repeat(5 * MEGA)),
  'a line of 5 MB in HTML': () => html('a'.repeat(5 * MEGA)),
  'much of dots and letters': () => text('a.'.repeat(2.5 * MANY)),
  'much of @': () => text('a@'.repeat(2.5 * MANY)),
  'much of URIs': () => text(Array.from({ length: 50_000 }, (_, i) => `http://a${i}.com/x`).join(' ')),
  'much of newlines': () => text('\n'.repeat(5 * MANY)),
  'much of blanks in quoted-printable': () => encoded('quoted-printable', ' '.repeat(5 * MANY)),
  'much of soft breaks': () => encoded('quoted-printable', '=\n'.repeat(2.5 * MANY)),
  'much of padding': () => encoded('base64', 'Y='.repeat(2.5 * MANY)),
  'boundary lookalikes': () => `${head}Content-Type: multipart/mixed; boundary=B\n\n${'--Bx\n'.repeat(MANY)}`,
  'a long part header': () => parts(1, `Content-Type: text/plain; ${'name='.repeat(MANY)}\n\nx`),
  entities: () => html('&#x'.repeat(MANY) + `&${'a'.repeat(1000)}`.repeat(2000)),
  'lone <': () => html('<'.repeat(3 * MANY)),
  'unfinished tags': () => html('<a href="'.repeat(MANY / 2)),
  'unfinished comments': () => html('<!--'.repeat(MANY)),
  'unfinished sections': () => html('<![x --'.repeat(MANY / 2) + '<![CDATA['.repeat(MANY / 4)),
  'unfinished titles': () => html('<title>'.repeat(MANY / 2)),
  'unfinished scripts': () => html('<script>'.repeat(MANY / 2) + '<style>'.repeat(MANY / 4)),
  'deep fonts closed by others': () => html('<font color=red>'.repeat(60_000) + '</span></b>'.repeat(60_000)),
  'deep tables': () => html('<table><tr><td>'.repeat(60_000)),
  'a long style': () => html(`<p style="${'color:red;'.repeat(MANY / 2)}${' '.repeat(MANY)}">x`),
  'brackets in a background': () => html(`<p style="background:${'('.repeat(2 * MANY)}">x`),
  'many attributes': () => html(`<font ${Array.from({ length: 60_000 }, (_, i) => `a${i}=b `).join('')}>x`),
  'font faces': () => html(`<font face="${'a '.repeat(450)}!">`.repeat(2000)),
  'redirectors in redirectors': () =>
    html(Array.from({ length: 200 }, (_, i) => `<a href="${i}${'http://a.com/'.repeat(600)}">`).join('')),
  'percent signs': () => html(`<a href="http://a.com/${'%41'.repeat(2600)}">`.repeat(500)),
  'brackets behind an address': () => `From: x <a@b.example>${'<a>'.repeat(2700)} !\n${text('x')}`,
  'empty brackets in brackets': () => `From: <${'< >'.repeat(2700)} )@\n${text('x')}`,
  'an address of every kind of bracket': () =>
    `To: ${'<>'.repeat(4000)}!\nCc: ${'> <'.repeat(2700)}\n${text('x')}`,
  'blanks in a colour': () =>
    html(`<p style="color:${' '.repeat(MANY)}x${' '.repeat(MANY)}\ny;background:${' '.repeat(MANY)}x\n">x`),
  'blanks before !important': () => html(`<p style="color: red${' '.repeat(MANY)}x!important">x`),
  'blanks in addresses': () =>
    html(
      `<a href="x${' '.repeat(MANY)}x"><img src="x${' '.repeat(MANY)}x"><form action="x${' '.repeat(MANY)}x">`,
    ),
  'blanks in a refresh': () =>
    html(`<meta http-equiv=refresh content="0;url=x${' '.repeat(MANY)}x${'\nurl='.repeat(MANY)}">`),
  'bases with long names': () => html(`<base href="http://a/${'b.'.repeat(4000)}/">`.repeat(MEGA / 8000)),
  'parameters without an end': () =>
    parts(100, `Content-Type: text/plain; ${'boundary=x'.repeat(800)}"\n\nx`) +
    parts(100, `Content-Type: text/plain; ${'name=\n '.repeat(1000)}\n\nx`),
  'authentication in Received': () =>
    `Received: from a [1.2.3.4]) by c${') by x (1.2.345) (authenticated as y'.repeat(50)}\n`.repeat(100) +
    text('x'),
  'more anchors than a call can have arguments': () =>
    html(Array.from({ length: 160_000 }, (_, i) => `<a href=x>${i}</a>`).join('')),
  'paths of one letter': () => text('a/'.repeat(2.5 * MANY)),
  'UTF-7': () => `${head}Content-Type: text/plain; charset=utf-7\n\n${'+AGE-'.repeat(MANY)}`,
  NUL: () => '\0'.repeat(5 * MANY),
  CR: () => '\r'.repeat(5 * MANY),
}

describe('time', () => {
  it.each(Object.keys(cases))('%s', (name) => {
    const source = cases[name]!()
    const before = process.cpuUsage()
    const message = mail(source)
    askAll(message)
    parseReceived(message, {})
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000).toBeLessThan(MOST_TIME)
  })
})

describe('noise', () => {
  const words = (
    'From: |To: |Subject: |Content-Type: |multipart/mixed; boundary=|b|"|--b|--b--|\n|\r\n|\n\n| |\t|text/html|text/plain|message/rfc822|; ' +
    'charset=|utf-8|gb2312|utf-16|base64|quoted-printable|Content-Transfer-Encoding: |=?utf-8?Q?|?=|=E4|<a href=|>|</a>|<!--|-->|<style>|&#|;|' +
    'http://|www.|.com|@|%41|\xe4|\xc3\xa4|\0|Received: from |by |[192.0.2.1]|(|)|,|<|name*0=|YWJj|='
  ).split('|')

  it('never makes anything throw', () => {
    const random = seeded(20251104)
    let multiparts = 0
    for (let run = 0; run < 2000; run++) {
      let source = random() < 0.5 ? 'Content-Type: multipart/mixed; boundary=b\n\n--b\n' : ''
      for (let length = random() * 60; length > 0; length--)
        source += words[Math.floor(random() * words.length)]
      const message = mail(source)
      askAll(message)
      parseReceived(message, {})
      if (message.root.parts.length > 0) multiparts++
      expect(message.rendered().every((line) => /^[\x00-\xff]*$/.test(line))).toBe(true)
    }
    // or the noise would not have reached the interesting places
    expect(multiparts).toBeGreaterThan(300)
  })

  it('takes any octets', () => {
    const random = seeded(7)
    for (let run = 0; run < 500; run++) {
      const octets = Array.from({ length: random() * 300 }, () => String.fromCharCode(random() * 256)).join(
        '',
      )
      askAll(mail(octets))
      askAll(mail(html(octets)))
      askAll(mail(encoded('base64', octets)))
    }
  })
})
