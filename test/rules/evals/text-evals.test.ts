import { describe, expect, it } from '@jest/globals'
import { bodyEval } from '../../../lib/rules/evals/body-eval.ts'
import { htmlEval } from '../../../lib/rules/evals/html-eval.ts'
import { call, html, type Given } from './fake-input.ts'
import { mail, part } from './fake-part.ts'

describe('HTMLEval', () => {
  const facts = html({
    values: {
      html: 1,
      length: 500,
      max_size: 7,
      image_area: 1000,
      non_space_len: 3,
      obfuscation_ratio: 0.15,
    },
    inside: new Map([
      ['img', 0],
      ['body', 2],
    ]),
    texts: { comment: ['<!--x-->'], script: [], title: ['A very long title indeed'], anchor: ['<img>'] },
    uris: new Map([['http://x.example/', { types: new Set(['iframe']), anchorText: [] }]]),
  })
  const cases: readonly (readonly [string, readonly string[], boolean])[] = [
    ['html_test', ['html'], true],
    ['html_test', ['embeds'], false],
    ['html_eval', ['length', '< 512'], true],
    ['html_eval', ['length', '< 384'], false],
    ['html_eval', ['absent', '< 384'], false],
    ['html_eval', ['length', 'system("x")'], false],
    ['html_range', ['obfuscation_ratio', '.1', '.2'], true],
    ['html_range', ['obfuscation_ratio', '.2', '.3'], false],
    ['html_range', ['max_size', '6', 'inf'], true],
    ['html_tag_exists', ['body'], true],
    ['html_tag_exists', ['table'], false],
    ['html_tag_balance', ['body', '!= 0'], true],
    ['html_tag_balance', ['img', '!= 0'], false],
    ['html_image_only', ['0400', '0800'], true],
    ['html_image_only', ['0800', '1200'], false],
    ['html_image_ratio', ['0.002', '0.004'], true],
    ['html_text_match', ['comment', '<!.*?>'], true],
    ['html_text_match', ['title', '.{120}'], false],
    ['html_text_not_match', ['title', 'short'], true],
    ['html_title_subject_ratio', ['3.5'], true],
    ['html_title_subject_ratio', ['9'], false],
    ['check_iframe_src', [], true],
  ]
  it.each(cases)('%s(%j): %p', (name, args, hit) => {
    expect(call(htmlEval, name, args, { html: [facts], headers: { Subject: 'Hey\n' } })).toBe(hit)
    expect(call(htmlEval, name, args, { headers: { Subject: 'Hey\n' } })).toBe(false)
  })
})

it('a page of half-open comments does not hold the scanner', () => {
  const page = html({ texts: { comment: ['<!'.repeat(100_000)], script: [], title: [], anchor: [] } })
  const began = performance.now()
  expect(call(htmlEval, 'html_text_match', ['comment', '<!.*?>'], { html: [page] })).toBe(false)
  expect(performance.now() - began).toBeLessThan(1000)
})

describe('BodyEval', () => {
  const alternative = (plain: string, rich: string): Given =>
    mail(
      part({
        type: 'multipart/alternative',
        parts: [part({ type: 'text/plain', text: plain }), part({ type: 'text/html', text: rich })],
      }),
    )
  it('multipart_alternative_difference counts the HTML words that the text lacks', () => {
    const name = 'multipart_alternative_difference'
    expect(call(bodyEval, name, ['99', '100'], alternative('a b', 'x y z'))).toBe(true)
    expect(call(bodyEval, name, ['99', '100'], alternative('a b', 'a y z'))).toBe(false)
    expect(call(bodyEval, name, ['0', '0'], alternative('a b', 'a b'))).toBe(true)
    expect(
      call(
        bodyEval,
        'multipart_alternative_difference_count',
        ['3', '1'],
        alternative('a b c d e f g', 'x y'),
      ),
    ).toBe(true)
  })
  const cases: readonly (readonly [string, readonly string[], readonly string[], boolean])[] = [
    ['check_blank_line_ratio', ['80', '90', '4'], ['a\n\n\n\n\n\n'], true],
    ['check_blank_line_ratio', ['80', '90', '4'], ['a\nb\n\n'], false],
    ['tvd_vertical_words', ['0', '10'], ['abcdefghijklmno p'], true],
    ['tvd_vertical_words', ['0', '10'], ['a b c d e'], false],
    ['check_body_length', ['5'], ['hello'], true],
    ['check_body_length', ['5'], ['hello!'], false],
  ]
  it.each(cases)('%s(%j) %j: %p', (name, args, rendered, hit) => {
    expect(call(bodyEval, name, args, { rendered })).toBe(hit)
  })
  it('check_stock_info counts labels of stock touting', () => {
    const text = 'Trade Date : Monday\nSymbol : ABCD\nPrice : 1\n5-day Target : 10\n'
    expect(call(bodyEval, 'check_stock_info', ['2'], mail(part({ type: 'text/plain', text })))).toBe(true)
    expect(
      call(bodyEval, 'check_stock_info', ['2'], mail(part({ type: 'text/plain', text: 'Dear: all' }))),
    ).toBe(false)
  })
  it('plaintext_sig_length measures what follows the last "-- "', () => {
    const given = mail(part({ type: 'text/plain', text: 'body\n-- \nsignature' }))
    expect(call(bodyEval, 'plaintext_sig_length', ['10'], given)).toBe(true)
    expect(call(bodyEval, 'plaintext_body_length', ['6'], given)).toBe(false)
  })
})
