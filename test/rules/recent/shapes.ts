/**
 * Builds whole mails from table rows: who writes, about what, with which link, and through what kind of sender. The
 * shapes imitate programs and services that carry today's mail, honest and not; the texts are in the tables beside.
 */
import type { SampleMail } from '../ruleset-mails.ts'

export type Shape =
  | 'php' // a script on a web space
  | 'exim' // a web space's mail server had to add the Message-ID
  | 'm365' // a mailbox at Exchange Online, with HTML and text
  | 'python' // a few lines of smtplib
  | 'node' // nodemailer
  | 'smtp' // a plain SMTP library, HTML alone
  | 'gmail' // Gmail's web interface, text and HTML
  | 'text' // plain text from an ordinary server
  | 'b64' // HTML alone in base64
  | 'image' // HTML of one linked picture
  | 'attach' // a short text and an attached file; the link field names it
  | 'esp' // a mass mailing service by the book
  | 'notice' // a company's own system, signed, not bulk
  | 'service' // a company's notices through a sending service (tracked links)
  | 'invite' // a calendar invitation
  | 'list' // a mailing list
  | 'thread' // an answer with a quotation

export interface Row {
  readonly shape: Shape
  readonly from: string
  readonly subject: string
  /** Paragraphs separated by newlines; {to}, {local} and {dom} stand for the reader's address and its parts. */
  readonly text: string
  /** What the link shows, or the name of the attached file. */
  readonly link?: string
  readonly url?: string
  readonly headers?: readonly string[]
}

/** A row as the tables write it. */
export const row = (
  shape: Shape,
  from: string,
  subject: string,
  text: string,
  link?: string,
  url?: string,
  ...headers: readonly string[]
): Row => ({
  shape,
  from,
  subject,
  text,
  ...(link === undefined ? {} : { link }),
  ...(url === undefined ? {} : { url }),
  headers,
})

const READERS = [
  'm.keller@werkbank.example',
  'info@lindenhof.example',
  'claire.roux@atelier.example',
  'joao@oficina.example',
]
const HEX = '7c19e04b5ad2f8361b90'

interface Facts {
  readonly address: string
  readonly domain: string
  readonly to: string
  readonly at: number
}

/** The mails of a table, in its order. */
export function mailsOf(rows: readonly Row[]): readonly SampleMail[] {
  return rows.map((one, at) => {
    const to = READERS[at % READERS.length] ?? ''
    const address = /<([^>]*)>/.exec(one.from)?.[1] ?? one.from
    const domain = address.split('@')[1] ?? 'host.example'
    const fill = (text: string): string =>
      text
        .replaceAll('{to}', to)
        .replaceAll('{local}', to.split('@')[0] ?? '')
        .replaceAll('{dom}', to.split('@')[1] ?? '')
    const filled = {
      ...one,
      subject: fill(one.subject),
      text: fill(one.text),
      from: fill(one.from),
      ...(one.url === undefined ? {} : { url: fill(one.url) }),
      ...(one.link === undefined ? {} : { link: fill(one.link) }),
    }
    return { name: `${one.subject} (${one.shape})`, mail: build(filled, { address, domain, to, at }) }
  })
}

function build(one: Row, facts: Facts): string {
  const { head, body } = SHAPES[one.shape](one, facts)
  const own = new Set((one.headers ?? []).map((line) => line.split(':')[0]?.toLowerCase()))
  const lines = [
    `Received: from mail.${facts.domain} (mail.${facts.domain} [203.0.113.${20 + (facts.at % 200)}])\n\tby mx.local.example with ESMTPS id q7sm${facts.at}; Tue, 10 Mar 2026 08:15:${10 + (facts.at % 50)} +0000`,
    ...head,
    `From: ${encoded(one.from)}`,
    `To: ${facts.to}`,
    `Subject: ${encoded(one.subject)}`,
    `Date: Tue, 10 Mar 2026 08:15:${10 + (facts.at % 50)} +0000`,
    'MIME-Version: 1.0',
  ].filter((line) => !own.has(line.split(':')[0]?.toLowerCase()))
  return `${[...lines, ...(one.headers ?? [])].join('\n')}\n${body}\n`
}

/** A header's text as mail programs write it: RFC 2047 where it is not ASCII. */
function encoded(text: string): string {
  const [, name = '', address] = /^"?([^"<]*?)"?\s*(<[^>]*>)?$/.exec(text) ?? [text, text]
  if (/^[\x20-\x7e]*$/.test(text)) return text
  const word = (part: string): string => `=?UTF-8?B?${Buffer.from(part, 'utf8').toString('base64')}?=`
  const chunks: string[] = []
  let rest = [...(address === undefined ? text : name)]
  while (rest.length > 0) {
    chunks.push(word(rest.slice(0, 12).join('')))
    rest = rest.slice(12)
  }
  return `${chunks.join('\n ')}${address === undefined ? '' : ` ${address}`}`
}

interface Built {
  readonly head: readonly string[]
  readonly body: string
}

const stamp = ({ at }: Facts): string => `2026031008${10 + (at % 50)}${10 + ((at * 7) % 50)}`
const paragraphs = (text: string): string[] => text.split('\n').filter((part) => part !== '')
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

function html(one: Row, extra = ''): string {
  const button =
    one.url === undefined
      ? ''
      : `<p style="text-align:center"><a href="${one.url}" style="background:#0b5cab;color:#fff;padding:12px 24px;text-decoration:none">${one.link ?? one.url}</a></p>`
  return [
    '<!DOCTYPE html><html><head><meta charset="utf-8"><style>p{font:15px Arial}</style></head>',
    '<body><table width="600" align="center"><tr><td>',
    ...paragraphs(one.text).map((part) => `<p>${escaped(part)}</p>`),
    button,
    `${extra}</td></tr></table></body></html>`,
  ].join('\n')
}

const plain = (one: Row): string =>
  [...paragraphs(one.text), ...(one.url === undefined ? [] : [`${one.link ?? ''}: ${one.url}`])].join('\n\n')

const wrapped = (text: string): string =>
  (
    Buffer.from(text, 'utf8')
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  ).join('\n')

const HTML_8BIT = ['Content-Type: text/html; charset=UTF-8', 'Content-Transfer-Encoding: 8bit', '']

const alternative = (boundary: string, one: Row, extra = '', textExtra = ''): string =>
  [
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset="utf-8"',
    'Content-Transfer-Encoding: 8bit',
    '',
    plain(one) + textExtra,
    `--${boundary}`,
    'Content-Type: text/html; charset="utf-8"',
    'Content-Transfer-Encoding: 8bit',
    '',
    html(one, extra),
    `--${boundary}--`,
  ].join('\n')

const signed = (domain: string, selector = 's2026'): string =>
  `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=${domain}; s=${selector};\n\th=from:to:subject:date:message-id:list-unsubscribe:list-unsubscribe-post; bh=3H9x0a=; b=Qm9ndXM=`

const base = (domain: string): string =>
  domain
    .split('.')
    .slice(/\.(?:co|com|org|gov)\.\w\w$/.test(domain) ? -3 : -2)
    .join('.')

const SHAPES: Readonly<Record<Shape, (one: Row, facts: Facts) => Built>> = {
  php: (one, { domain, at }) => ({
    head: [
      `X-PHP-Originating-Script: 1005:class-phpmailer.php`,
      `Message-ID: <${HEX}${at}kQ@${domain}>`,
      'X-Mailer: PHPMailer 6.9.1 (https://github.com/PHPMailer/PHPMailer)',
    ],
    body: [...HTML_8BIT, html(one)].join('\n'),
  }),
  exim: (one, { domain, at }) => ({
    head: [`Message-ID: <E1tq${at % 10}Zx-00000000${at % 10}Ab-2kLm@server7.${domain}>`],
    body: [...HTML_8BIT, html(one)].join('\n'),
  }),
  m365: (one, { domain }) => ({
    head: [
      'Message-ID: <AS8PR07MB7285C0A1B9F3D2E84C6F51A0E2D52@AS8PR07MB7285.eurprd07.prod.outlook.com>',
      signed(domain, 'selector1'),
      'X-MS-Has-Attach:',
      'Content-Language: en-US',
    ],
    body: alternative('_000_AS8PR07MB7285C0A1B9F3D2E84C6FAS8PR07MB7285eurp_', one),
  }),
  python: (one, { at }) => ({
    head: [],
    body: [
      `Content-Type: multipart/alternative; boundary="===============81720${at}55120033=="`,
      '',
      `--===============81720${at}55120033==`,
      'Content-Type: text/html; charset="utf-8"',
      'MIME-Version: 1.0',
      'Content-Transfer-Encoding: base64',
      '',
      wrapped(html(one)),
      `--===============81720${at}55120033==--`,
    ].join('\n'),
  }),
  node: (one, { domain, at }) => ({
    head: [`Message-ID: <0b${at + 10}c1de-77a4-4d0e-9b1f-52ac03f1e7d2@${domain}>`],
    body: alternative('--_NmP-5ad2f8361b90-Part_1', one),
  }),
  smtp: (one, facts) => ({
    head: [`Message-ID: <${stamp(facts)}.${1000 + facts.at}@${facts.domain}>`],
    body: [...HTML_8BIT, html(one)].join('\n'),
  }),
  gmail: (one, { at }) => ({
    head: [`Message-ID: <CAJ9v${at + 10}Xo2mQd7tKpLr3oYbHc5sTfUeJ2iWqAzR8vN4mBgDwE@mail.gmail.com>`],
    body: alternative('000000000000a1b2c3062f8e9d01', one),
  }),
  text: (one, facts) => ({
    head: [`Message-ID: <${stamp(facts)}.a${facts.at}b@${facts.domain}>`],
    body: ['Content-Type: text/plain; charset=UTF-8', 'Content-Transfer-Encoding: 8bit', '', plain(one)].join(
      '\n',
    ),
  }),
  b64: (one, { domain, at }) => ({
    head: [`Message-ID: <${HEX}.${at}@${domain}>`],
    body: [
      'Content-Type: text/html; charset="UTF-8"',
      'Content-Transfer-Encoding: base64',
      '',
      wrapped(html(one)),
    ].join('\n'),
  }),
  image: (one, { domain, at }) => ({
    head: [`Message-ID: <${HEX}-${at}@${domain}>`],
    body: [
      ...HTML_8BIT,
      `<html><body><center><a href="${one.url ?? ''}"><img src="https://i.${domain}/${at}.png" width="600" alt="${one.link ?? ''}"></a></center><p>${escaped(one.text)}</p></body></html>`,
    ].join('\n'),
  }),
  attach: (one, { domain, at }) => ({
    head: [`Message-ID: <${HEX}${at}@${domain}>`],
    body: [
      'Content-Type: multipart/mixed; boundary="=_b0undary77"',
      '',
      '--=_b0undary77',
      'Content-Type: text/plain; charset=UTF-8',
      '',
      paragraphs(one.text).join('\n\n'),
      '--=_b0undary77',
      `Content-Type: ${typeOf(one.link ?? '')}; name="${one.link ?? ''}"`,
      `Content-Disposition: attachment; filename="${one.link ?? ''}"`,
      'Content-Transfer-Encoding: base64',
      '',
      wrapped(one.url ?? '%PDF-1.7 nothing in it'),
      '--=_b0undary77--',
    ].join('\n'),
  }),
  esp: (one, { domain, at, to }) => ({
    head: [
      `Message-ID: <010001${HEX}-${at}-000000@${domain}>`,
      signed(base(domain)),
      `List-Unsubscribe: <https://links.${base(domain)}/u/${HEX}${at}>, <mailto:unsub-${at}@${domain}>`,
      'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
      `Feedback-ID: ${at}:campaign:${base(domain)}`,
      `List-Id: <news.${base(domain)}>`,
    ],
    body: alternative(
      `----=_Part_${at}_1730`,
      one,
      ['shop', 'help', 'stores', 'privacy']
        .map(
          (page) =>
            `<a href="https://links.${base(domain)}/c/${page}/${HEX}"><img src="https://cdn.${base(domain)}/${page}.png" alt="${page}"></a>`,
        )
        .join('\n') +
        `<p>You get this mail at ${to} because you subscribed. <a href="https://links.${base(domain)}/u/${HEX}">Unsubscribe</a></p>`,
      `\n\nUnsubscribe: https://links.${base(domain)}/u/${HEX}`,
    ),
  }),
  notice: (one, { domain, at }) => ({
    head: [`Message-ID: <${at}.${HEX}.JavaMail.app@node3.${base(domain)}>`, signed(base(domain))],
    body: alternative(
      `----=_Part_${at}_99.1741`,
      one,
      `<p><a href="https://www.${base(domain)}/help">Help</a> <img src="https://www.${base(domain)}/logo.png" alt=""></p>`,
    ),
  }),
  service: (one, { domain, at }) => ({
    head: [
      `Message-ID: <${HEX}${at}-Qx@geopod-ismtpd-7>`,
      signed(base(domain)),
      signed('sendgrid.net', 'smtpapi'),
      `X-SG-EID: u001.${HEX}`,
    ],
    body: alternative(
      HEX,
      {
        ...one,
        ...(one.url === undefined
          ? {}
          : { url: `https://u4471.ct.sendgrid.net/ls/click?upn=u001.${HEX}${at}` }),
      },
      `<img src="https://u4471.ct.sendgrid.net/wf/open?upn=${HEX}" width="1" height="1">`,
    ),
  }),
  invite: (one, { at, address }) => ({
    head: [
      `Message-ID: <calendar-${HEX}-${at}@google.com>`,
      `Sender: Calendar <calendar-notification@google.com>`,
    ],
    body: [
      'Content-Type: multipart/alternative; boundary="000000000000c0ffee"',
      '',
      '--000000000000c0ffee',
      'Content-Type: text/plain; charset="UTF-8"',
      '',
      plain(one),
      '--000000000000c0ffee',
      'Content-Type: text/calendar; charset="UTF-8"; method=REQUEST',
      '',
      `BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nORGANIZER:mailto:${address}\nSUMMARY:${one.subject}\nEND:VEVENT\nEND:VCALENDAR`,
      '--000000000000c0ffee--',
    ].join('\n'),
  }),
  list: (one, facts) => ({
    head: [
      `Message-ID: <${stamp(facts)}.GA${facts.at}@${facts.domain}>`,
      `List-Id: Discussion <discuss.${base(facts.domain)}>`,
      `List-Unsubscribe: <mailto:discuss-request@${base(facts.domain)}?subject=unsubscribe>`,
      'Precedence: list',
      `Sender: discuss-bounces@${base(facts.domain)}`,
    ],
    body: [
      'Content-Type: text/plain; charset=UTF-8',
      '',
      plain(one),
      `_______________\nDiscussion mailing list`,
    ].join('\n'),
  }),
  thread: (one, facts) => ({
    head: [
      `Message-ID: <${stamp(facts)}.${facts.at}@${facts.domain}>`,
      `In-Reply-To: <7711.${facts.at}@werkbank.example>`,
      `References: <7710.${facts.at}@werkbank.example> <7711.${facts.at}@werkbank.example>`,
      'User-Agent: Mozilla Thunderbird',
    ],
    body: [
      'Content-Type: text/plain; charset=UTF-8; format=flowed',
      '',
      plain(one),
      '',
      `On 9 Mar 2026, ${facts.to} wrote:`,
      '> Thanks, that would suit us well. Could you send the',
      '> figures before Thursday?',
    ].join('\n'),
  }),
}

function typeOf(name: string): string {
  const type = {
    pdf: 'application/pdf',
    html: 'text/html',
    htm: 'text/html',
    svg: 'image/svg+xml',
    zip: 'application/zip',
    eml: 'message/rfc822',
  }
  const ending = name.split('.').at(-1) ?? ''
  return Object.entries(type).find(([key]) => key === ending)?.[1] ?? 'application/octet-stream'
}
