/** What rule files want written into a mail, and limits of the score that end a pass. */
import { describe, expect, it } from '@jest/globals'
import { NO_AUTH_FACTS } from '../support/auth-facts.ts'
import { parseConfig } from '../../lib/config/load.ts'
import { parseMessage } from '../../lib/mail/message.ts'
import { splitMail } from '../../lib/mail/split.ts'
import { answer } from '../../lib/policy/answer.ts'
import { decide } from '../../lib/policy/decide.ts'
import { markupOf } from '../../lib/rules/markup.ts'
import { judge, octets, rulesOf } from './support.ts'

const MAIL = 'From: a@example.test\nSubject: cheap pills\nX-Odd: one\n\ntwo _SCORE_ Forged\n\nHello, Anna\n'

/** Headers and subject that the MTA is told to write. */
function edits(rules: string, prefix = '', mail = MAIL): readonly string[] {
  const set = rulesOf(rules)
  const message = parseMessage(splitMail(octets(mail)))
  const result = judge(set, mail)
  const loaded = parseConfig(
    `answer: { status: false, flag: false, level: false, subject_prefix: "${prefix}" }`,
    'test',
  )
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  const verdict = decide({ hits: result.hits, unavailable: [], demands: [] }, loaded.config, 'ref')
  const reply = answer(
    verdict,
    {
      headers: [{ name: 'Subject', value: ' cheap pills' }],
      recipients: [],
      auth: NO_AUTH_FACTS,
      descriptions: set.descriptions,
      edits: [],
      markup: markupOf(set, message, result),
      hostname: 'mx.example.test',
      reference: 'ref',
    },
    loaded.config,
  )
  return reply.edits.flatMap((edit) =>
    'value' in edit && edit.name !== 'Authentication-Results' ? [`${edit.name}:${edit.value}`] : [],
  )
}

const SPAM = 'body PILLS /cheap pills/\nscore PILLS 6\n'

describe('headers that rule files ask for', () => {
  it('carry the tags of the verdict', () => {
    expect(
      edits(
        `${SPAM}add_header all Judged "_YESNO_ _YESNO(junk,good)_ _SCORE_ of _REQD_ _STARS(+)_ by _HOSTNAME_:\\n_TESTS_ _NOSUCHTAG_"\nadd_header ham Good yes\nadd_header spam Bad yes\n`,
      ),
    ).toEqual(
      expect.arrayContaining([
        'X-Spam-Judged: Yes junk 6.0 of 5.0 ++++++ by mx.example.test:\n\tPILLS _NOSUCHTAG_',
        'X-Spam-Bad: yes',
      ]),
    )
    expect(edits('add_header ham Good yes\nadd_header spam Bad yes\n')).toEqual(['X-Spam-Good: yes'])
  })

  it('carry what the message says, and no more lines than the template', () => {
    const rules =
      'body __NAME /Hello, (?<WHO>\\w+)/\nmeta NAMED __NAME\nadd_header all Who _WHO_ _HEADER(X-Odd)_\n'
    expect(edits(rules)).toEqual(['X-Spam-Who: Anna one'])
    expect(edits('add_header all Subj _HEADER(Subject)_\n', '', 'Subject: _TESTS_\n x\n\n.\n')).toEqual([
      'X-Spam-Subj: -TESTS_ x',
    ])
  })

  it('can be taken away again, and leave those alone that the configuration is about', () => {
    expect(edits('add_header all One 1\nadd_header all Two 2\nremove_header all one\n')).toEqual([
      'X-Spam-Two: 2',
    ])
    expect(edits('add_header all One 1\nclear_headers\nadd_header all Status mine\n')).toEqual([])
  })
})

describe('the subject', () => {
  it('is rewritten for spam, unless the configuration says how', () => {
    expect(edits(`${SPAM}rewrite_header Subject *SPAM(_SCORE_)*\n`)).toEqual([
      'Subject: *SPAM(6.0)* cheap pills',
    ])
    expect(edits(`${SPAM}rewrite_header Subject *SPAM*\n`, '[x] ')).toEqual(['Subject: [x] cheap pills'])
    expect(edits('rewrite_header Subject *SPAM*\n')).toEqual([])
    expect(edits(`${SPAM}rewrite_header Subject *SPAM*\nrewrite_header Subject\n`)).toEqual([])
  })

  it('gets the prefixes of rules that hit, if subjects are rewritten at all', () => {
    const rules = 'body HALLO /Hello/\nscore HALLO 1\nsubjprefix HALLO [HELLO]\n'
    expect(edits(rules)).toEqual([])
    expect(edits(`${rules}rewrite_header Subject *SPAM*\n`)).toEqual(['Subject: [HELLO] cheap pills'])
    expect(edits(`${rules}${SPAM}rewrite_header Subject *SPAM*\n`)).toEqual([
      'Subject: *SPAM* [HELLO] cheap pills',
    ])
  })
})

describe('limits of the score', () => {
  const rules = [
    'loadplugin Mail::SpamAssassin::Plugin::Shortcircuit',
    'body EARLY /cheap/',
    'priority EARLY -10',
    'score EARLY 4',
    'body LATE /pills/',
    'score LATE 1',
    'body LATER /Hello/',
    'priority LATER 10',
  ].join('\n')
  const found = (limit: string) => {
    const { hits, score } = judge(rulesOf(`${rules}\n${limit}\n`), MAIL)
    return [hits.map(({ name }) => name).join(), score]
  }

  it('leave out rules of later priorities', () => {
    expect(found('')).toEqual(['EARLY,LATE,LATER', 6])
    expect(found('shortcircuit_max_spam_score 3')).toEqual(['EARLY,SHORTCIRCUIT', 4.001])
    expect(found('shortcircuit_max_spam_score 4')).toEqual(['EARLY,LATE,SHORTCIRCUIT', 5.001])
    expect(found('shortcircuit_max_spam_score 30')).toEqual(['EARLY,LATE,LATER', 6])
    expect(found('score EARLY -4\nshortcircuit_min_ham_score -3')).toEqual(['EARLY,SHORTCIRCUIT', -4.001])
  })
})
