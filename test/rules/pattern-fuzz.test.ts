/**
 * Random patterns over random octets: nothing throws, all ways to run a pattern agree, filters never hide a match, and,
 * where Perl is installed, Perl agrees.
 */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from '@jest/globals'
import { PatternError } from '../../lib/rules/regex/cursor.ts'
import { type RulePattern, barePattern } from '../../lib/rules/regex/pattern.ts'
import { StepFilter } from '../../lib/rules/step-filter.ts'
import { TextLines } from '../../lib/rules/text-lines.ts'

const RUNS = Number(process.env['FUZZ_RUNS'] ?? '4000')
const ONCE = { multiple: false, maxHits: 1, net: false, nice: false, learn: false, noSubject: false }
const MANY = { ...ONCE, multiple: true, maxHits: 50 }

function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const ATOMS =
  String.raw`a b c A B 1 _ . \s \S \w \W \d \D \b \B ^ $ \A \z \Z \n \r \xA0 \xE9 [abc] [^a] [a-c1] [^\s] [[:alpha:]] [[:^space:]_] \h \v \R \N \t \x00 \012 \e [\w.] []a] [^]a] \x85 \H \V \xC9 [\xc0-\xdf] [^\xe9] \xdf`.split(
    ' ',
  )
const QUANTIFIERS = ['*', '+', '?', '{2}', '{1,3}', '{0,2}', '{,2}', '*?', '+?', '??', '*+', '++', '?+']
const CHARACTERS = [
  'a',
  'b',
  'c',
  'A',
  'B',
  '1',
  '_',
  ' ',
  '\n',
  '\r',
  '\t',
  '\xa0',
  '\xe9',
  '\xc9',
  '\xdf',
  '\x85',
  '.',
  '\v',
  '\x1b',
]

class Maker {
  readonly #next: () => number
  constructor(seed: number) {
    this.#next = random(seed)
  }
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#next() * list.length)]!
  }
  pattern(depth: number): string {
    const dice = this.#next()
    if (depth === 0 || dice < 0.45) return this.pick(ATOMS)
    const inner = (): string => this.pattern(depth - 1)
    if (dice < 0.62) return inner() + inner()
    if (dice < 0.7) return `(?:${inner()}|${inner()})`
    if (dice < 0.75) return `(${inner()})`
    if (dice < 0.87) return `(?:${inner()})${this.pick(QUANTIFIERS)}`
    if (dice < 0.92) return `${this.pick(['(?=', '(?!', '(?>', '(?i:'])}${inner()})`
    if (dice < 0.95) return `${this.pick(['(?<=', '(?<!'])}${this.pick(['a', '\\n', '[abc]', '\\s'])})`
    return this.pick(['(?i)', '(?s)', '(?m)', '(?i-s)']) + inner()
  }
  text(): string {
    return Array.from({ length: Math.floor(this.#next() * 12) }, () => this.pick(CHARACTERS)).join('')
  }
}

interface Case {
  readonly source: string
  readonly flags: string
  readonly lines: readonly string[]
  readonly pattern: RulePattern
}

function cases(): Case[] {
  const maker = new Maker(20261121)
  const found: Case[] = []
  for (let run = 0; run < RUNS; run++) {
    const source = maker.pattern(4)
    const flags = maker.pick(['', '', 'i', 'm', 's', 'ms', 'im', 'is'])
    const lines = [maker.text(), maker.text(), maker.text()]
    try {
      found.push({ source, flags, lines, pattern: barePattern(source, flags) })
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
    }
  }
  return found
}

const PERL = String.raw`
while (<STDIN>) { chomp; my ($re, $flags, @lines) = map { pack 'H*', $_ } split / /, $_, -1;
  my $q = eval { use warnings; local $SIG{__WARN__} = sub { die @_ if $_[0] !~ /deprecated/i }; $flags eq '' ? qr/$re/aa : qr/(?$flags)$re/aa };
  print $q ? join('', map { $_ =~ $q ? 1 : 0 } @lines) : 'x', "\n" }`
const perl = spawnSync('perl', ['-v']).status === 0

const LONG_LINE = '~ '.repeat(300)

describe('random patterns', () => {
  const all = cases()

  it('reach the interesting path', () => {
    expect(all.length).toBeGreaterThan(RUNS * 0.8)
    const hits = all.filter(
      ({ pattern, lines }) => new TextLines(lines, false).search(pattern, ONCE).count > 0,
    )
    expect(hits.length).toBeGreaterThan(RUNS * 0.2)
    expect(hits.length).toBeLessThan(all.length)
  })

  it('match the same joined and line by line, once and counted', () => {
    for (const { source, flags, lines, pattern } of all) {
      for (const how of [ONCE, MANY]) {
        const one = new TextLines(lines, false).search(pattern, how).count
        const joined = new TextLines(lines, true).search(pattern, how).count
        if (one !== joined)
          expect({ source, flags, lines, joined }).toEqual({ source, flags, lines, joined: one })
      }
    }
  })

  it('match the same in a text long enough to be tried at some places only', () => {
    let tried = 0
    for (const { source, flags, lines, pattern } of all) {
      if (pattern.starts() === undefined) continue
      tried++
      for (const how of [ONCE, MANY]) {
        const one = new TextLines([...lines, LONG_LINE], false).search(pattern, how).count
        const joined = new TextLines([...lines, LONG_LINE], true).search(pattern, how).count
        if (one !== joined)
          expect({ source, flags, lines, joined }).toEqual({ source, flags, lines, joined: one })
      }
    }
    expect(tried).toBeGreaterThan(RUNS * 0.03)
  })

  it('never match a text that the filters rule out', () => {
    for (const { source, flags, lines, pattern } of all) {
      const text = new TextLines(lines, false)
      if (text.search(pattern, ONCE).count === 0) continue
      const lower = lines.join('\0').toLowerCase()
      const { literals } = pattern
      const steps = pattern.outline()
      const marks = new Uint8Array(1)
      if (steps !== undefined) new StepFilter(new Map([[0, steps]])).scan(text.joined, marks)
      const passes =
        (literals === undefined || literals.some((literal) => lower.includes(literal))) &&
        (steps === undefined || marks[0] === 1)
      if (!passes) expect({ source, flags, lines, literals }).toBeNull()
    }
  })

  const withPerl = perl ? it : it.skip
  withPerl('match what Perl matches', () => {
    const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex')
    const input = all
      .map(({ source, flags, lines }) => [source, flags, ...lines].map(hex).join(' '))
      .join('\n')
    const { stdout } = spawnSync('perl', ['-e', PERL], { input: `${input}\n`, maxBuffer: 1 << 28 })
    const answers = stdout.toString('latin1').trimEnd().split('\n')
    expect(answers).toHaveLength(all.length)
    const different = all.filter(({ lines, pattern }, at) => {
      if (answers[at] === 'x') return false
      const ours = lines.map((line) => new TextLines([line], true).search(pattern, ONCE).count).join('')
      return ours !== answers[at]
    })
    // Repeats around something that can match nothing differ between the two engines in rare corners.
    expect(different.length).toBeLessThan(Math.max(3, all.length / 2000))
  })
})

describe('random text as a pattern', () => {
  it('is translated or refused, never anything else', () => {
    const next = random(7)
    const alphabet = '()[]{}|*+?^$\\.<>=!:#-&,PQEKRabnx01 i/'
    let accepted = 0
    for (let run = 0; run < RUNS; run++) {
      const text = Array.from(
        { length: 1 + Math.floor(next() * 14) },
        () => alphabet[Math.floor(next() * alphabet.length)],
      ).join('')
      try {
        const pattern = barePattern(text, '')
        pattern.regex('exact', true).test('some text 01')
        pattern.regex('joined', false).test('\0some text 01\0')
        accepted++
      } catch (error) {
        expect(error).toBeInstanceOf(PatternError)
      }
    }
    expect(accepted).toBeGreaterThan(RUNS * 0.05)
  })
})
