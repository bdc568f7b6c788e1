/** Mail made to hold one test of the eval plugins: CPU time stays far below what it took when it tried every division. */
import { expect, it } from '@jest/globals'
import { judge, rulesOf } from '../support.ts'

const HEAD = 'From: Some One <a@example.org>\nTo: b@example.net\nSubject: s\n'
const text = (body: string, type = 'text/plain') => `${HEAD}Content-Type: ${type}\n\n${body}\n`
const blanks = ' '.repeat(7000)

const cases: readonly (readonly [string, rule: string, mail: string])[] = [
  [
    'shifts to JIS without a way back',
    "body X eval:check_for_uppercase('50', '75')",
    text('a b \x1b$B'.repeat(100_000)),
  ],
  [
    'a charset of many parts',
    "body X eval:check_for_mime('mime_bad_iso_charset')",
    text('x', `text/plain; charset="iso-${'.-'.repeat(4000)}"`),
  ],
  ['labels on blank pages', "body X eval:check_stock_info('2')", text(`abc${blanks}\n\n\n`.repeat(100))],
  [
    'roles of equal signs',
    "header X eval:check_freemail_header('From')",
    `From: ${'='.repeat(8000)}@example.org\n\nx\n`,
  ],
  [
    'Received of one provider, again and again',
    'header X eval:check_for_forged_hotmail_received_headers()',
    `${'Received: by c with SMTP; '.padEnd(30)}${'helo=hotmail.co'.repeat(500)}\n`.repeat(50) + text('x'),
  ],
  [
    'a capital letter charset in a subject',
    'header X eval:subject_is_all_caps()',
    `Subject: AAAA BBBBBB =?${'GBJP'.repeat(1900)}\n\nx\n`,
  ],
]

it.each(cases)('%s', (_what, rule, mail) => {
  const set = rulesOf(`${rule}\nscore X 1\n`)
  const before = process.cpuUsage()
  judge(set, Buffer.from(mail, 'latin1'))
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1000).toBeLessThan(3000)
})
