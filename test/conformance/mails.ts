/** Mails for comparing Hamlet with SpamAssassin: invented, many kinds of structure, each as octets. */
import { HAM, SPAM } from '../rules/ruleset-mails.ts'

export interface Fixture {
  readonly name: string
  readonly mail: Uint8Array
}

const RECEIVED = [
  'Received: from mx1.sender.example (mx1.sender.example [198.51.100.7])',
  '\tby mail.example.org (Postfix) with ESMTPS id 4XyZ12',
  '\tfor <bert@example.org>; Mon, 2 Mar 2026 09:12:44 +0100 (CET)',
  'Received: from [10.0.0.5] (helo=laptop) by mx1.sender.example with esmtpa (Exim 4.96)',
  '\t(envelope-from <anna@sender.example>) id 1rgXYZ; Mon, 02 Mar 2026 09:12:40 +0100',
]
const HEAD = [
  ...RECEIVED,
  'From: Anna Beispiel <anna@sender.example>',
  'To: bert@example.org',
  'Date: Mon, 2 Mar 2026 09:12:39 +0100',
  'Message-ID: <20260302081239.12345@sender.example>',
  'MIME-Version: 1.0',
]

function mail(headers: readonly string[], ...body: readonly string[]): Uint8Array {
  return Buffer.from(`${[...HEAD, ...headers].join('\n')}\n\n${body.join('\n')}\n`, 'utf8')
}

/** The fixtures that differ in structure, for tests that run long. */
export const STRUCTURES: readonly Fixture[] = [
  {
    name: 'plain text',
    mail: mail(
      ['Subject: Lunch', 'Content-Type: text/plain; charset=utf-8'],
      'Hello Bert,',
      '',
      'lunch at noon?',
      '',
      'Anna',
    ),
  },
  {
    name: 'quoted-printable with soft line breaks',
    mail: mail(
      [
        'Subject: =?ISO-8859-1?Q?Gr=FC=DFe?=',
        'Content-Type: text/plain; charset=iso-8859-1',
        'Content-Transfer-Encoding: quoted-printable',
      ],
      'Sch=F6ne Gr=FC=DFe aus M=FCnchen, wir haben uns lange nicht gesehen und ich wollte =',
      'fragen, wie es dir geht.',
    ),
  },
  {
    name: 'base64 text',
    mail: mail(
      ['Subject: offer', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64'],
      Buffer.from(
        'Buy cheap viagra now! Limited time offer, act now.\nhttp://pills.example.com/buy?id=1\n',
      ).toString('base64'),
    ),
  },
  {
    name: 'html with hidden text, images and a form',
    mail: mail(
      ['Subject: Your account', 'Content-Type: text/html; charset=utf-8'],
      '<html><head><title>Account</title><style>p{color:red}</style></head><body bgcolor="#ffffff">',
      '<p>Dear customer,<br>your account has been <b>suspended</b>. <a href="http://192.0.2.99/login">https://www.bank.example/login</a></p>',
      '<div style="display:none">zebra giraffe hippopotamus random words here to fool a filter</div>',
      '<font color="#ffffff" size="1">white on white text</font><img src="http://img.example.com/t.gif" width="1" height="1">',
      '<form action="http://evil.example.net/post"><input type=password name=p></form>',
      '</body></html>',
    ),
  },
  {
    name: 'alternative whose parts differ',
    mail: mail(
      [
        'Subject: Newsletter March',
        'List-Unsubscribe: <mailto:leave@list.example.org>',
        'Precedence: bulk',
        'Content-Type: multipart/alternative; boundary="b1"',
      ],
      '--b1',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'News of this month: www.example.org/news and info@example.org',
      '--b1',
      'Content-Type: text/html; charset=utf-8',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      '<html><body><h1>News</h1><p>Click <a href=3D"http://www.example.org/news?a=3D1&amp;b=3D2">here</a> to read more.</p></body></html>',
      '--b1--',
    ),
  },
  {
    name: 'attachments of several kinds',
    mail: mail(
      [
        'Subject: Documents',
        'X-Mailer: Microsoft Outlook Express 6.00.2900.2180',
        'Content-Type: multipart/mixed; boundary=b2',
      ],
      'preamble',
      '--b2',
      'Content-Type: text/plain',
      '',
      'Please find the invoice attached.',
      '--b2',
      'Content-Type: application/octet-stream; name="invoice.exe"',
      'Content-Disposition: attachment; filename="invoice.exe"',
      'Content-Transfer-Encoding: base64',
      '',
      'TVqQAAMAAAAEAAAA//8AALgAAAA=',
      '--b2',
      'Content-Type: image/gif; name=a.gif',
      'Content-Transfer-Encoding: base64',
      '',
      'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7',
      '--b2--',
    ),
  },
  { name: 'missing headers', mail: Buffer.from('Subject: hi\n\nno from, no to, no date\n') },
  { name: 'no body', mail: mail(['Subject: empty', 'Content-Type: text/plain']) },
  {
    name: 'all capitals',
    mail: mail(
      ['Subject: URGENT BUSINESS PROPOSAL', 'X-Priority: 1', 'Reply-To: someone1234567@yahoo.com'],
      'I AM BARRISTER JOHN. YOU WILL RECEIVE $25,000,000.00 (TWENTY FIVE MILLION DOLLARS).',
      'SEND YOUR FULL NAME, ADDRESS, PHONE NUMBER, AGE AND OCCUPATION.',
    ),
  },
  {
    name: 'a reply on a mailing list',
    mail: mail(
      [
        'Subject: Re: [dev] patch',
        'In-Reply-To: <a@b.example>',
        'References: <x@b.example> <a@b.example>',
        'List-Id: <dev.lists.example.org>',
        'Mailing-List: contact dev-help@lists.example.org',
      ],
      'On Mon, Mar 2, 2026 Carl wrote:',
      '> should we merge?',
      '',
      'Yes. See https://lists.example.org/archive/1.html',
      '-- ',
      'Anna',
    ),
  },
  {
    name: 'a wrong date and odd ids',
    mail: Buffer.from(
      `${RECEIVED.join('\n')}\nFrom: anna@sender.example\nTo: undisclosed-recipients:;\nDate: Fri, 31 Feb 1999 25:61:00 +9999\nMessage-Id: <abc>\nSubject:   spaces   \n\n1234567890 text\n`,
    ),
  },
  {
    name: 'windows line ends',
    mail: Buffer.from(
      Buffer.from(mail(['Subject: CRLF', 'Content-Type: text/plain'], 'one', '', 'two'))
        .toString('latin1')
        .replaceAll('\n', '\r\n'),
      'latin1',
    ),
  },
  {
    name: 'eight-bit header',
    mail: Buffer.concat([
      Buffer.from('From: x@example.com\nTo: y@example.org\nSubject: '),
      Buffer.from([0xe4, 0xf6, 0xfc]),
      Buffer.from('\n\nbody\n'),
    ]),
  },
  {
    name: 'octet zero in the body',
    mail: Buffer.from('From: x@example.com\nTo: y@example.org\nSubject: zero\n\nab\0cd free money\n'),
  },
  {
    name: 'obfuscated words',
    mail: mail(
      ['Subject: V1AGRA', 'Content-Type: text/plain; charset=utf-8'],
      'V.I.A.G.R.A c1al1s m0rtgage fr33 refin@nce',
      'bitcoin wallet 1BoatSLRHtKNngkdXEeobR76b53LETtpyT pay me within 48 hours',
      'your password is hunter2 and I have a video of you',
    ),
  },
]

export const FIXTURES: readonly Fixture[] = [
  ...STRUCTURES,
  ...[...SPAM, ...HAM].map((sample) => ({ name: sample.name, mail: Buffer.from(sample.mail, 'utf8') })),
]
