/** dns_query_restriction: which questions rules do not ask. */
import { describe, expect, it } from '@jest/globals'
import { parseMessage } from '../../lib/mail/message.ts'
import { splitMail } from '../../lib/mail/split.ts'
import { lookupsNeeded } from '../../lib/rules/lookups.ts'
import { UNKNOWN, octets, rulesOf } from './support.ts'

const RULES = [
  "header A eval:check_rbl('a', 'zen.lists.example.')",
  "header B eval:check_rbl('b', 'bl.lists.example.')",
  "header C eval:check_rbl('c', 'dnsbl.other.test.')",
].join('\n')
const MAIL = 'Received: from x (x [192.0.2.99]) by mx; Mon, 2 Mar 2026 00:00:00 +0000\n\n.\n'

function asked(lines: string): readonly string[] {
  const set = rulesOf(`${RULES}\n${lines}\n`, { net: true })
  expect(set.problems).toEqual([])
  const questions = lookupsNeeded(set, {
    message: parseMessage(splitMail(octets(MAIL))),
    envelope: UNKNOWN,
    facts: [],
    now: 0,
    local: false,
  })
  return questions.map(({ name }) => name.replace(/^[\d.]+/, ''))
}

describe('dns_query_restriction', () => {
  it('leaves out questions about denied domains, the closest parent counting', () => {
    expect(asked('')).toEqual(['zen.lists.example', 'bl.lists.example', 'dnsbl.other.test'])
    expect(asked('dns_query_restriction deny lists.example')).toEqual(['dnsbl.other.test'])
    expect(
      asked('dns_query_restriction deny lists.example\ndns_query_restriction allow zen.lists.example'),
    ).toEqual(['zen.lists.example', 'dnsbl.other.test'])
    expect(asked('dns_query_restriction deny *\ndns_query_restriction allow other.test')).toEqual([
      'dnsbl.other.test',
    ])
    expect(asked('dns_query_restriction deny *\nclear_dns_query_restriction')).toHaveLength(3)
  })
})
