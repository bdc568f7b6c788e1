import { describe, expect, it } from '@jest/globals'
import { signatureFact } from '../../support/auth-facts.ts'
import { asked, hits, rules } from './whole-rules.ts'

const SOURCE = `Received: from mx.home.test (mx.home.test [10.0.0.2]) by in.home.test; Mon, 02 Sep 2002 12:00:00 +0000
Received: from evil.example (evil.example [203.0.113.7]) by mx.home.test (Postfix) with ESMTP id 1; Mon, 02 Sep 2002 12:00:00 +0000
Received: from pc (pc.example [198.51.100.9]) by evil.example with SMTP id 2; Mon, 02 Sep 2002 12:00:00 +0000
From: a@spam.example
To: me@home.test
Subject: hello

See http://www.spam.example/offer and http://good.test/
`

const LISTS = rules(`
header __ANY eval:check_rbl('zen', 'zen.test.')
header LAST eval:check_rbl('zen-lastexternal', 'zen.test.', '^127\\.0\\.0\\.[4567]$')
tflags LAST net
score LAST 1
header SUB eval:check_rbl_sub('zen', '127.0.0.3')
score SUB 1
header MASK eval:check_rbl('mask-lastexternal', 'mask.test', '2')
score MASK 1
header ERRORS eval:check_rbl('zen-lastexternal', 'zen.test.', '^127\\.255\\.255\\.254$')
score ERRORS 0.001
urirhssub URI_BAD uri.test. A 2
body URI_BAD eval:check_uridnsbl('URI_BAD')
tflags URI_BAD net domains_only
score URI_BAD 1
uridnsbl_skip_domain good.test
askdns FRESH _AUTHORDOMAIN_.fresh.test A /^127\\.0\\.0\\.2$/
score FRESH 1
meta BOTH LAST && URI_BAD
score BOTH 1
`)

const LAST = 'a:7.113.0.203.zen.test'
const FIRST = 'a:9.100.51.198.zen.test'
const MASK = 'a:7.113.0.203.mask.test'
const URI = 'a:spam.example.uri.test'
const FRESH = 'a:spam.example.fresh.test'

describe('network rules from the file to the hit', () => {
  it('ask once for every name', () => {
    expect([...asked(LISTS, SOURCE)].toSorted()).toEqual([LAST, FIRST, MASK, URI, FRESH].toSorted())
  })
  it('ask nothing and hit nothing in local mode', () => {
    expect(asked(LISTS, SOURCE, { local: true })).toEqual([])
    expect(hits(LISTS, SOURCE, { local: true, answers: { [LAST]: ['127.0.0.4'] } })).toEqual([])
  })

  const cases: readonly (readonly [string, Parameters<typeof hits>[2], readonly string[]])[] = [
    ['nothing listed', { answers: { [LAST]: 'absent', [URI]: 'absent' } }, []],
    ['the last relay listed', { answers: { [LAST]: ['127.0.0.4'] } }, ['LAST']],
    ['listed under another code', { answers: { [LAST]: ['127.0.0.10'] } }, []],
    [
      'an earlier relay listed, seen by the subtest of its set',
      { answers: { [FIRST]: ['127.0.0.3'] } },
      ['SUB'],
    ],
    ['a domain listed', { answers: { [URI]: ['127.0.0.2'] } }, ['URI_BAD']],
    [
      'a meta sees both',
      { answers: { [LAST]: ['127.0.0.4'], [URI]: ['127.0.0.6'] } },
      ['LAST', 'URI_BAD', 'BOTH'],
    ],
    ['a new domain', { answers: { [FRESH]: ['127.0.0.2'] } }, ['FRESH']],
    ['no answer in time', { answers: { [LAST]: 'unavailable', [URI]: 'unavailable' } }, []],
    [
      'error codes everywhere: only the rule that tells of them',
      {
        answers: {
          [LAST]: ['127.255.255.254'],
          [FIRST]: ['127.255.255.252'],
          [MASK]: ['127.255.255.254'],
          [URI]: ['127.255.255.255'],
          [FRESH]: ['127.255.255.254'],
        },
      },
      ['ERRORS'],
    ],
  ]
  it.each(cases)('%s', (_, given, expected) => {
    expect(hits(LISTS, SOURCE, given)).toEqual(expected)
  })
})

describe('authentication and Bayes rules', () => {
  const set = rules(`
header SPF_PASS eval:check_for_spf_pass()
score SPF_PASS -0.001
full DKIM_VALID_AU eval:check_dkim_valid_author_sig()
score DKIM_VALID_AU -0.1
header DMARC_REJECT eval:check_dmarc_reject()
score DMARC_REJECT 2
body BAYES_99 eval:check_bayes('0.99', '1.00')
score BAYES_99 3.5
header USER_IN_DEF_DKIM_WL eval:check_for_def_dkim_welcomelist_from()
score USER_IN_DEF_DKIM_WL -7.5
def_welcomelist_from_dkim *@spam.example
`)
  const signature = signatureFact('spam.example', { aligned: true })
  it('hit on what the authentication layer found', () => {
    const auth = {
      spf: {
        mailFrom: { result: 'pass', identity: 'mailfrom', domain: 'spam.example', value: '' },
        helo: null,
      },
      dkim: { signatures: [signature], present: 1, skipped: null },
      dmarc: {
        result: 'fail',
        domain: 'spam.example',
        policy: 'reject',
        alignedSpf: false,
        alignedDkim: false,
      },
      arc: null,
      user: null,
    } as const
    expect(hits(set, SOURCE, { auth, bayes: 0.995 })).toEqual([
      'SPF_PASS',
      'DKIM_VALID_AU',
      'DMARC_REJECT',
      'BAYES_99',
      'USER_IN_DEF_DKIM_WL',
    ])
  })
  it('are silent when nobody looked', () => {
    expect(hits(set, SOURCE)).toEqual([])
  })
})
