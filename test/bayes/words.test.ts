import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { wordsOf } from '../../lib/bayes/words.ts'

const words = (text: string) => wordsOf(text, 100)

describe('wordsOf', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['plain words, case kept', "Buy now, don't wait", ['Buy', 'now', "don't", 'wait']],
    ['money and percent', 'only $99 or 50%!!', ['only', '$99', 'or', '50%!!']],
    ['Cyrillic', 'Срочно купить', ['Срочно', 'купить']],
    ['Arabic', 'مرحبا بكم', ['مرحبا', 'بكم']],
    ['Chinese in overlapping pairs', '免费发票', ['免费', '费发', '发票']],
    ['Japanese', 'お得な', ['お得', '得な']],
    ['a single ideograph', '免', ['免']],
    ['full-width letters', 'ＶＩＡＧＲＡ', ['VIAGRA']],
    ['zero-width characters inside a word', 'V\u200bi\u00adagra', ['?invisible', 'Viagra']],
    ['Cyrillic letters in a Latin word', 'p\u0430yp\u0430l', ['?mixed', 'paypal']],
    ['mathematical letters', '\u{1d5b5}\u{1d5c2}\u{1d5ba}gra', ['Viagra']],
    [
      'letters set apart',
      'get V i a g r a now',
      ['?spaced', 'Viagra', 'get', 'V', 'i', 'a', 'g', 'r', 'a', 'now'],
    ],
    ['letters set apart by dots', 'F.R.E.E', ['?spaced', 'FREE', 'F', 'R', 'E', 'E']],
    ['encoded rubbish shortened', 'x'.repeat(64), ['xxxxxxxxxxxx~4']],
  ]
  it.each(cases)('%s', (_, text, expected) => expect(words(text)).toEqual(expected))
  it('stops at its limit', () => expect(wordsOf('alpha beta '.repeat(50), 7)).toHaveLength(7))
  it('never throws, and gives bounded words, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        for (const word of words(text)) expect(word.length).toBeLessThanOrEqual(60)
      }),
      { seed: 1, numRuns: 2000 },
    )
  })
  it('takes long hostile runs in linear time', () => {
    const started = performance.now()
    for (const run of [
      'a '.repeat(50_000),
      'a.'.repeat(50_000),
      '.'.repeat(100_000),
      '\u200b'.repeat(100_000),
    ])
      words(run)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
