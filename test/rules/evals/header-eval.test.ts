import { describe, expect, it } from '@jest/globals'
import { parseDate } from '../../../lib/rules/evals/date.ts'
import { headerEval } from '../../../lib/rules/evals/header-eval.ts'
import type { Given } from './fake-input.ts'
import { call } from './fake-input.ts'

describe('dates', () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['Thu, 1 Jan 1970 00:00:10 +0000', 10],
    ['Mon, 02 Sep 2002 12:30:11 +0100', Date.UTC(2002, 8, 2, 11, 30, 11) / 1000],
    ['Mon,02 Sep 2002 12:30 EST', Date.UTC(2002, 8, 2, 17, 30) / 1000],
    ['2 Sep 02 12:30:11 -0000', Date.UTC(2002, 8, 2, 12, 30, 11) / 1000],
    ['2 Sep 99 12:30:11 GMT', Date.UTC(1999, 8, 2, 12, 30, 11) / 1000],
    // Of this form SpamAssassin reads the day only.
    ['Tue Sep  3 10:00:00 2002', Date.UTC(2002, 8, 3) / 1000],
    ['31 Feb 2002 00:00:00 +0000', Date.UTC(2002, 2, 1) / 1000],
    ['1 Jan 2222 00:00:00 +0000', Date.UTC(2037, 0, 1) / 1000],
    ['2 Sep 2002 25:61:61 +0000', Date.UTC(2002, 8, 2, 23, 59, 59) / 1000],
    ['yesterday', undefined],
    ['', undefined],
  ]
  it.each(cases)('%s', (text, seconds) => {
    expect(parseDate(text)).toBe(seconds)
  })
})

type Case = readonly [name: string, args: readonly string[], headers: Given['headers'], hit: boolean]

const at = (date: string): string => `from a by b; ${date}\n`
const NOON = 'Mon, 02 Sep 2002 12:00:00 +0000'

const shifted: readonly Case[] = [
  [
    'check_for_shifted_date',
    ['3', '6'],
    { Date: 'Mon, 02 Sep 2002 16:00:00 +0000', Received: at(NOON) },
    true,
  ],
  [
    'check_for_shifted_date',
    ['3', '6'],
    { Date: 'Mon, 02 Sep 2002 14:00:00 +0000', Received: at(NOON) },
    false,
  ],
  [
    'check_for_shifted_date',
    ['-6', '-3'],
    { Date: 'Mon, 02 Sep 2002 08:00:00 +0000', Received: at(NOON) },
    true,
  ],
  [
    'check_for_shifted_date',
    ['96', 'undef'],
    { Date: 'Mon, 09 Sep 2002 12:00:00 +0000', Received: at(NOON) },
    true,
  ],
  ['check_for_shifted_date', ['96', 'undef'], { Date: 'Mon, 09 Sep 2002 12:00:00 +0000' }, false],
  ['check_for_shifted_date', ['96', 'undef'], { Date: 'nonsense', Received: at(NOON) }, false],
]
const oldest = [at('Mon, 02 Sep 2002 12:00:00 +0000'), at('Mon, 09 Sep 2002 12:00:00 +0000')]
const written: readonly Case[] = [
  // The last Received has the sender's own clock: it does not excuse the Date.
  [
    'check_for_shifted_date',
    ['96', 'undef'],
    { Date: 'Mon, 09 Sep 2002 12:00:00 +0000', Received: oldest },
    true,
  ],
]

const subjects: readonly Case[] = [
  ['subject_is_all_caps', [], { Subject: 'BUY THIS NOW' }, true],
  ['subject_is_all_caps', [], { Subject: 'Re: BUY THIS NOW' }, true],
  ['subject_is_all_caps', [], { Subject: 'Buy THIS NOW' }, false],
  ['subject_is_all_caps', [], { Subject: 'UNSUBSCRIBE' }, false],
  ['subject_is_all_caps', [], { Subject: 'A B C' }, false],
  ['subject_is_all_caps', [], { Subject: '1234 5678 90' }, false],
  ['check_for_to_in_subject', ['user'], { Subject: 'bob, look at this', To: 'bob@x.example' }, true],
  ['check_for_to_in_subject', ['user'], { Subject: 'Re: bob', To: 'bob@x.example' }, true],
  ['check_for_to_in_subject', ['user'], { Subject: 'Bob, look at this', To: 'bob@x.example' }, false],
  ['check_for_to_in_subject', ['user'], { Subject: 'about bob and us', To: 'bob@x.example' }, false],
  ['check_for_to_in_subject', ['user'], { Subject: 'a.b, hello', To: 'axb@x.example' }, false],
  ['check_for_to_in_subject', ['address'], { Subject: 'to BOB@x.example!', To: 'bob@x.example' }, true],
]

const illegal: readonly Case[] = [
  ['check_illegal_chars', ['Subject', '0.00', '2'], { Subject: 'a\x80\x81b' }, true],
  ['check_illegal_chars', ['Subject', '0.00', '2'], { Subject: 'caf\xc3\xa9 \xe2\x82\xac' }, false],
  ['check_illegal_chars', ['Subject', '0.00', '2'], { Subject: 'caf\xc3\xa9 \x01\x02' }, true],
  ['check_illegal_chars', ['Subject', '0.00', '2'], { Subject: 'plain' }, false],
  ['check_illegal_chars', ['Subject', '0.00', '1'], { Subject: '100\xa3' }, false],
  ['check_illegal_chars', ['From', '0.50', '1'], { From: 'abc\xff' }, false],
]

const people: readonly Case[] = [
  ['check_for_missing_to_header', [], {}, true],
  ['check_for_missing_to_header', [], { To: 'a@b.example' }, false],
  ['check_for_missing_to_header', [], { 'Apparently-To': 'a@b.example' }, false],
  ['sorted_recipients', [], { ToCc: ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((x) => `${x}@x.example`) }, true],
  [
    'sorted_recipients',
    [],
    { ToCc: ['b', 'a', 'c', 'd', 'e', 'f', 'g'].map((x) => `${x}@x.example`) },
    false,
  ],
  ['sorted_recipients', [], { ToCc: ['a@x.example', 'b@x.example'] }, false],
  [
    'similar_recipients',
    ['0.65', 'undef'],
    { ToCc: [1, 2, 3, 4, 5].map((x) => `joe${x}@x${x}.example`) },
    true,
  ],
  [
    'similar_recipients',
    ['0.65', 'undef'],
    { ToCc: ['a@b.example', 'c@d.example', 'e@f.example', 'g@h.example', 'i@j.example'] },
    false,
  ],
  ['check_equal_from_domains', [], { From: 'a@mail.x.example', EnvelopeFrom: 'b@y.x.example' }, false],
  ['check_equal_from_domains', [], { From: 'a@x.example', EnvelopeFrom: 'b@y.test' }, true],
  ['check_equal_from_domains', [], { From: 'a@x.example' }, false],
  [
    'check_ratware_envelope_from',
    [],
    { To: 'joe@mail.shop.example', EnvelopeFrom: 'x-shop.example.joe@spam.test' },
    true,
  ],
  [
    'check_ratware_envelope_from',
    [],
    { To: 'joe@shop.example', EnvelopeFrom: 'SRS0=shop.example.joe@spam.test' },
    false,
  ],
  ['check_header_count_range', ['Subject', '2', '999'], { Subject: ['a', 'b'] }, true],
  ['check_header_count_range', ['Subject', '2', '999'], { Subject: ['a', 'a'] }, false],
  ['check_unresolved_template', [], { ALL: 'X-Thing: %RANDOM_WORD\n' }, true],
  ['check_unresolved_template', [], { ALL: 'Subject: %RANDOM_WORD\n' }, false],
  [
    'check_ratware_name_id',
    [],
    { MESSAGEID: `<${'A'.repeat(28)}.joe@x.example>`, From: '"Joe" <joe@x.example>' },
    true,
  ],
]

const providers: readonly Case[] = [
  ['check_for_forged_yahoo_received_headers', [], { From: 'a@yahoo.com', Received: 'from x by y\n' }, true],
  [
    'check_for_forged_yahoo_received_headers',
    [],
    { From: 'a@yahoo.com', Received: 'by web1.mail.yahoo.com via HTTP\n' },
    false,
  ],
  [
    'check_for_forged_yahoo_received_headers',
    [],
    { From: 'a@yahoo.co.uk', Received: 'from x by y\n' },
    false,
  ],
  ['check_for_forged_gmail_received_headers', [], { From: 'a@gmail.com', Received: 'from x by y\n' }, true],
  [
    'check_for_forged_gmail_received_headers',
    [],
    { From: 'a@gmail.com', 'X-Received': 'by 10.1.2.3 with SMTP id ab' },
    false,
  ],
  ['check_for_no_hotmail_received_headers', [], { From: 'a@hotmail.com', Received: 'from x by y\n' }, true],
  [
    'check_for_forged_hotmail_received_headers',
    [],
    { From: 'a@x.com', Received: 'from mail.hotmail.com (evil [1.2.3.4])\n' },
    true,
  ],
  ['gated_through_received_hdr_remover', [], {}, true],
  ['gated_through_received_hdr_remover', [], { Received: 'from x by y\n' }, false],
  ['check_for_fake_aol_relay_in_rcvd', [], { Received: 'from rly-xa01.mx.aol.com by y\n' }, true],
]

describe('header tests', () => {
  it.each([...shifted, ...written, ...subjects, ...illegal, ...people, ...providers])(
    '%s(%j) %j',
    (name, args, headers, hit) => {
      expect(call(headerEval, name, args, { headers: headers ?? {} })).toBe(hit)
    },
  )

  it('a Message-ID of Outlook must carry the time of its Date', () => {
    const seconds = Date.UTC(2003, 0, 15, 12) / 1000
    const token = (offset: number): string =>
      Math.trunc(seconds * 0.0023283064365387 + 27111902.8329849 + offset)
        .toString(16)
        .padStart(8, '0')
    const given = (offset: number): Given => ({
      headers: {
        MESSAGEID: `<0000${token(offset)}$00000000$00000000@x>`,
        Date: 'Wed, 15 Jan 2003 12:00:00 +0000',
      },
    })
    expect(call(headerEval, 'check_outlook_message_id', [], given(0))).toBe(false)
    expect(call(headerEval, 'check_outlook_message_id', [], given(5000))).toBe(true)
  })
})
