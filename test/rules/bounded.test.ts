/** Patterns cost no more than a few steps an octet, whatever a mail does, and find what V8 finds. */
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { PatternBudget } from '../../lib/rules/budget.ts'
import { NATIVE_STEPS, OutOfSteps, chargedTo } from '../../lib/rules/regex/account.ts'
import { BoundedRegExp } from '../../lib/rules/regex/bounded.ts'
import { PatternError } from '../../lib/rules/regex/cursor.ts'
import { effortOfSearch } from '../../lib/rules/regex/effort.ts'
import { emit } from '../../lib/rules/regex/emit.ts'
import { NO_FLAGS, readFlags } from '../../lib/rules/regex/flags.ts'
import { parsePattern } from '../../lib/rules/regex/parse.ts'
import { rulePattern } from '../../lib/rules/regex/pattern.ts'
import { SET } from './own-rules.ts'

const ATOMS =
  String.raw`a b c A _ . \s \w \W \b \B ^ $ \A \z \Z \n [ab] [^a] \R \1 \2 (?<=a) (?<!b) (?=a) (?!b)`.split(
    ' ',
  )
const COUNTS = ['*', '+', '?', '{2}', '{1,3}', '{0,2}', '{2,}', '*?', '+?', '??', '{1,2}?', '*+', '++', '?+']
const OPENINGS = ['(?:', '(', '(?=', '(?!', '(?>', '(?<=', '(?<!', '(?i:']

const { source: sources } = fc.letrec<{ source: string }>((tie) => ({
  source: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(...ATOMS),
    fc.tuple(tie('source'), tie('source')).map((two) => two.join('')),
    fc.tuple(tie('source'), tie('source')).map((two) => `(?:${two.join('|')})`),
    fc.tuple(fc.constantFrom(...OPENINGS), tie('source')).map(([open, body]) => `${open}${body})`),
    fc.tuple(tie('source'), fc.constantFrom(...COUNTS)).map(([body, count]) => `(?:${body})${count}`),
  ),
}))
const texts = fc
  .array(fc.constantFrom('a', 'b', 'c', 'A', '_', ' ', '\n', '\r', 'a', 'b'), { maxLength: 14 })
  .map((list) => list.join(''))

describe('our own matcher', () => {
  it('finds the same match and captures as V8, for random patterns and texts', () => {
    let compared = 0
    let found = 0
    fc.assert(
      fc.property(
        sources,
        fc.constantFrom('', 'i', 'm', 's', 'ims'),
        fc.constantFrom('g', 'y'),
        fc.boolean(),
        fc.array(texts, { minLength: 3, maxLength: 3 }),
        fc.nat(3),
        (text, flags, way, captures, subjects, from) => {
          let own: BoundedRegExp
          let native: RegExp
          try {
            const pattern = parsePattern(text, readFlags(flags, NO_FLAGS))
            const source = emit(pattern, { form: 'exact', consume: false, captures })
            native = new RegExp(source, way)
            own = new BoundedRegExp({ source, flags: way, pattern, form: 'exact', captures })
          } catch (error) {
            if (error instanceof PatternError || error instanceof SyntaxError) return
            throw error
          }
          for (const subject of subjects) {
            native.lastIndex = own.lastIndex = from
            const theirs = native.exec(subject)
            // remembering from the first step on
            const ours = chargedTo({ native: -1, steps: Infinity }, () => own.exec(subject))
            const view = (match: RegExpExecArray | null) =>
              match && [match.index, match[0], captures ? [...match] : []]
            compared++
            if (theirs !== null) found++
            expect([view(ours), own.lastIndex]).toEqual([view(theirs), native.lastIndex])
          }
        },
      ),
      { numRuns: 4000, seed: 19 },
    )
    expect(compared).toBeGreaterThan(5000)
    expect(found).toBeGreaterThan(1000)
  })

  // each of these took V8 seconds to hours
  it.each<[string, string, string]>([
    ['blanks, then something else', String.raw`/[\t-\r ]*;/`, ' '],
    ['the same without regard to case', String.raw`/[\t-\r ]*;/i`, ' '],
    ['a repeat within a repeat', String.raw`/(?:a+)+!/`, 'a'],
    ['dots within what is not blank', String.raw`/<[a-z]{5,}\@(?:\S+\.)+\S+>/`, '<abcde@a.'],
    ['lookahead over the rest of the text', '/(?!.*x)a(?=.*y)/s', 'a'],
    ['atomic groups at each place', '/(?>(?:ab)*)c/', 'ab'],
    ['lookbehind', String.raw`/(?<=\s)\s*x/`, ' '],
    ['lazy repeats', '/a.*?b.*?c/s', 'ab'],
    ['a link without an end', String.raw`/<a\b[^>]{0,300}\bhref\s*=\s*["']?https?:/i`, '<a href="'],
    ['blank lines', String.raw`/(?:\s*(?:https?:\S{20,200}|unsubscribe)\s+){1,6}--/i`, 'unsubscribe\n'],
  ])('takes steps in proportion to the text: %s', (_, text, unit) => {
    const steps = [5000, 20_000].map((length) => {
      const account = { native: -1, steps: 1e9 }
      const regex = rulePattern(text).regex('exact', true)
      const own = regex instanceof BoundedRegExp
      chargedTo(account, () => regex.exec(unit.repeat(Math.ceil(length / unit.length))))
      return own ? 1e9 - account.steps : 0
    })
    expect(steps[1]).toBeLessThanOrEqual(Math.max(1, steps[0]!) * 4.5)
    expect(steps[1]! / 20_000).toBeLessThan(700)
  })

  it('takes four times the steps for four times the text with every shipped rule that has no backreference', () => {
    const attacks = [' ', 'a', '\n', 'a.', '<a href="', '<a href =', 'a@', '1', 'http://a.b/']
    const worse: string[] = []
    let looked = 0
    for (const { name, test } of SET.rules.values()) {
      if (!('pattern' in test) || /\\[1-9]/.test(test.pattern.text)) continue
      const regex = test.pattern.regex('exact', true)
      if (!(regex instanceof BoundedRegExp)) continue
      looked++
      for (const unit of attacks) {
        const [few, many] = [1500, 6000].map((length) => {
          const account = { native: -1, steps: 1e9 }
          regex.lastIndex = 0
          chargedTo(account, () => regex.exec(unit.repeat(Math.ceil(length / unit.length))))
          return 1e9 - account.steps
        })
        // counted repeats are not full in the shorter text
        if (many! > 6000 * 300 && many! > few! * 6) worse.push(`${name}: ${unit} ${few} ${many}`)
      }
    }
    expect(looked).toBeGreaterThan(100)
    expect(worse).toEqual([])
  })
})

describe('the estimate of steps', () => {
  it.each<[string, string, number]>([
    ['a literal', '/viagra/', 1],
    ['a counted repeat', '/a.{0,20}b/', 1],
    ['a repeat that stops where a match begins', '/<[^<>]*x/', 1],
    ['a repeat searched at each place', '/a.*b/', 2],
    ['two of them', '/a.*b.*c/', 3],
    ['what may be there or not', '/<x>a?b?/', 1],
    ['what must stand at the start', '/^a.*b/', 1],
  ])('%s', (_, text, degree) => {
    const { tree } = rulePattern(text)
    const growth = Math.log2(effortOfSearch(tree, 1 << 18) / effortOfSearch(tree, 1 << 17))
    expect(Math.round(growth)).toBe(degree)
  })

  it('knows a repeat of what has more than one way to match for exponential', () => {
    expect(effortOfSearch(rulePattern('/(?:a+)+!/').tree, 2000)).toBeGreaterThan(1e300)
    expect(effortOfSearch(rulePattern('/(?:a+b)+!/').tree, 2000)).toBeLessThan(1e9)
  })
})

describe('the budget of a rule pass', () => {
  const hostile = rulePattern(String.raw`/^(\w+).*(\w+)\1\2.*(\w+)\3\2\1!/s`).regex('exact', true)
  const text = 'ab'.repeat(50_000)

  it('stops a rule that takes more than its share, names it, and leaves room for those after it', () => {
    const budget = new PatternBudget(1000)
    for (const name of ['ONE', 'TWO', 'THREE'])
      expect(budget.run(name, () => (hostile.exec(text) === null ? 0 : 1), 0)).toBe(0)
    const plain = rulePattern(String.raw`/(?:b+a)+$/`).regex('exact', true)
    expect(budget.run('PLAIN', () => (plain.exec(text) === null ? 0 : 1), 7)).not.toBe(7)
    expect(budget.unfinished).toEqual(['ONE', 'TWO', 'THREE'])
  })

  it('lets faults of other kinds pass', () => {
    const budget = new PatternBudget(1000)
    expect(() =>
      budget.run(
        'BROKEN',
        () => {
          throw new TypeError('broken')
        },
        0,
      ),
    ).toThrow('broken')
    expect(() => chargedTo({ native: NATIVE_STEPS, steps: 10 }, () => hostile.exec(text))).toThrow(OutOfSteps)
  })
})
