/**
 * Each condition of Kerio Connect's custom rules, written in the rule language, the way an administrator who comes from
 * there would write it: one line each, over a header or the body.
 */
import { describe, expect, it } from '@jest/globals'
import { hits, rules } from './evals/whole-rules.ts'

const mailWith = (header: string, body = 'text\n'): string => `${header}\nMIME-Version: 1.0\n\n${body}`

interface Condition {
  readonly name: string
  readonly rule: string
  readonly yes: readonly string[]
  readonly no: readonly string[]
}

const CONDITIONS: readonly Condition[] = [
  {
    name: 'is empty',
    rule: 'header R Subject =~ /^\\s*$/',
    yes: [mailWith('Subject:'), mailWith('Subject:  ')],
    no: [mailWith('Subject: x')],
  },
  {
    name: 'is missing',
    rule: 'header R exists:Reply-To\nmeta MISSING !R\nscore MISSING 1',
    yes: [mailWith('Subject: x')],
    no: [mailWith('Reply-To: a@b.test')],
  },
  {
    name: 'contains address',
    rule: 'header R From:addr =~ /^joe@shop\\.example$/i',
    yes: [mailWith('From: Joe <JOE@shop.example>')],
    no: [mailWith('From: "joe@shop.example" <x@evil.test>'), mailWith('From: anjoe@shop.example')],
  },
  {
    name: 'contains address with domain',
    rule: 'header R ToCc:addr =~ /@shop\\.example$/i',
    yes: [mailWith('Cc: x@shop.example'), mailWith('To: a@b.test, y@SHOP.example')],
    no: [mailWith('To: a@myshop.example'), mailWith('To: "@shop.example" <a@b.test>')],
  },
  {
    name: 'contains substring',
    rule: 'header R Subject =~ /50% off!/i',
    yes: [mailWith('Subject: now 50% OFF! today')],
    no: [mailWith('Subject: 50 off')],
  },
  {
    name: 'contains binary data',
    rule: 'header R Subject:raw =~ /[\\x80-\\xff]/',
    yes: [mailWith('Subject: caf\xe9')],
    no: [mailWith('Subject: =?iso-8859-1?q?caf=e9?=')],
  },
  {
    name: 'the body contains a substring',
    rule: 'body R /\\bcheap pills\\b/i',
    yes: [mailWith('Subject: x', 'buy cheap\npills here\n')],
    no: [mailWith('Subject: x', 'cheappills\n')],
  },
  {
    name: 'a header of one`s own choice',
    rule: 'header R X-Spam-Tool =~ /bulk/i',
    yes: [mailWith('X-Spam-Tool: Bulk Mailer 3')],
    no: [mailWith('X-Mailer: bulk')],
  },
  {
    name: 'From also means the envelope: block list',
    rule: 'header R eval:check_from_in_blocklist()\nblocklist_from *@evil.test',
    yes: [mailWith('From: x@evil.test')],
    no: [mailWith('From: x@evil.test.example')],
  },
]

describe('conditions of Kerio Connect in the rule language', () => {
  for (const { name, rule, yes, no } of CONDITIONS) {
    const set = rules(`${rule}\nscore R 1\n`)
    const hit = (source: string): boolean => {
      const found = hits(set, source)
      return found.includes('MISSING') || (found.includes('R') && !rule.includes('MISSING'))
    }
    it.each(yes)(`${name}: hits %j`, (source) => {
      expect(hit(source)).toBe(true)
    })
    it.each(no)(`${name}: leaves alone %j`, (source) => {
      expect(hit(source)).toBe(false)
    })
  }

  it('the envelope counts as From and To', () => {
    const from = rules('header R EnvelopeFrom =~ /@evil\\.test$/i\nscore R 1\n')
    expect(hits(from, mailWith('From: x@good.test'), { envelope: { sender: 'y@evil.test' } })).toEqual(['R'])
    const to = rules('header R eval:check_to_in_blocklist()\nscore R 1\nblocklist_to *@sales.test\n')
    expect(hits(to, mailWith('To: x@good.test'), { envelope: { recipients: ['y@sales.test'] } })).toEqual([
      'R',
    ])
  })
})
