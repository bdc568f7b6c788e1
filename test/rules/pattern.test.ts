/** Perl patterns mean over octets in V8 what they mean in Perl. */
import { describe, expect, it } from '@jest/globals'
import { PatternError } from '../../lib/rules/regex/cursor.ts'
import { rulePattern } from '../../lib/rules/regex/pattern.ts'
import { TextLines } from '../../lib/rules/text-lines.ts'

const FLAGS = { multiple: false, maxHits: 1, net: false, nice: false, learn: false, noSubject: false }

/** [what it shows, pattern, text, matches] */
const CASES: readonly (readonly [string, string, string, boolean])[] = [
  ['white space is ASCII: NBSP is none', String.raw`/a\sb/`, 'a\xa0b', false],
  ['white space has the vertical tab', String.raw`/a\sb/`, 'a\vb', true],
  ['\\h has NBSP', String.raw`/a\hb/`, 'a\xa0b', true],
  ['\\v has NEL and no blank', String.raw`/a\vb/`, 'a\x85b', true],
  ['. takes a carriage return', '/a.b/', 'a\rb', true],
  ['. takes no newline', '/a.b/', 'a\nb', false],
  ['. with s takes a newline', '/a.b/s', 'a\nb', true],
  ['$ before a final newline', '/a$/', 'a\n', true],
  ['$ only before the final newline', '/a$/', 'a\nb', false],
  ['$ not before two newlines', '/a$/', 'a\n\n', false],
  ['$ in the middle', '/a$\\nb?/', 'a\n', true],
  ['\\z at the very end only', String.raw`/a\z/`, 'a\n', false],
  ['\\Z before a final newline', String.raw`/a\Z/`, 'a\n', true],
  ['\\A is the beginning even with m', String.raw`/\Ab/m`, 'a\nb', false],
  ['^ with m after a newline', '/^b/m', 'a\nb', true],
  ['^ with m not after a carriage return', '/^b/m', 'a\rb', false],
  ['$ with m before a newline', '/a$/m', 'a\nb', true],
  ['case folds ASCII letters', '/VIAGRA/i', 'ViAgRa', true],
  ['case folds inside classes', '/[a-c]X/i', 'Bx', true],
  ['(?i) from the middle on', '/a(?i)b/', 'aB', true],
  ['(?i) not before it', '/a(?i)b/', 'AB', false],
  ['(?i) ends with its group', '/(?:a(?i)b)c/', 'aBC', false],
  ['(?-i:…) inside i', '/a(?-i:B)c/i', 'ABC', true],
  ['(?-i:…) inside i refuses', '/a(?-i:B)c/i', 'AbC', false],
  ['(?^…) forgets flags', '/a(?^:b)/i', 'aB', false],
  ['x skips blanks and comments', '/a b # c\n c/x', 'abc', true],
  ['xx skips blanks in classes', '/[a b]c/xx', ' c', false],
  ['octal', String.raw`/\101\x41\x{41}\o{101}/`, 'AAAA', true],
  ['\\e and control characters', String.raw`/\e\cA\a/`, '\x1b\x01\x07', true],
  ['\\0', String.raw`/a\0b/`, 'a\0b', true],
  ['POSIX classes', '/[[:upper:]][[:^digit:]][[:punct:]]/', 'Ax!', true],
  ['POSIX classes are ASCII', '/[[:alpha:]]/', '\xe9', false],
  ['] first in a class', '/[]a]b/', ']b', true],
  ['] first in a negated class', '/[^]a]b/', ']b', false],
  ['hyphen last in a class', '/[a-]b/', '-b', true],
  ['backspace in a class', String.raw`/[\b]/`, '\b', true],
  ['possessive repeats give nothing back', '/a++ab/', 'aaab', false],
  ['possessive repeats match otherwise', '/a++b/', 'aaab', true],
  ['atomic groups give nothing back', '/(?>a|ab)c/', 'abc', false],
  ['atomic groups match otherwise', '/(?>ab|a)c/', 'abc', true],
  ['{,n}', '/^a{,2}b/', 'aab', true],
  ['{ that is no quantifier', '/^{x\\{/', '{x{', true],
  ['a capture of another rule', '/%{NAME}/', '%{NAME}', true],
  ['\\R', String.raw`/a\Rb/`, 'a\r\nb', true],
  ['\\R takes CRLF whole', String.raw`/a\R\nb/`, 'a\r\nb', false],
  ['\\K', String.raw`/a\Kb/`, 'ab', true],
  ['\\N', String.raw`/a\N/`, 'a\n', false],
  ['backreferences', String.raw`/(a|b)\1/`, 'abb', true],
  ['backreferences without case', String.raw`/(a)\1/i`, 'aA', true],
  ['named groups and \\k', String.raw`/(?<X>.)\k<X>/`, 'abb', true],
  ['(?P<…>…) and (?P=…)', '/(?P<X>.)(?P=X)/', 'abb', true],
  ['\\g{-1}', String.raw`/(a)(b)\g{-1}/`, 'abb', true],
  ['lookbehind', '/(?<!x)b/', 'xb', false],
  ['UTF-8 in a pattern is octets', '/gr\xc3\xbc\xc3\x9fe/', 'gr\xc3\xbc\xc3\x9fe', true],
  ['/i folds the letters of Latin-1, as octets', '/\\xf1[\\xe9]/i', '\xd1\xc9', true],
  ['… but not the signs among them', '/\\xd7|\\xdf/i', '\xf7\xff', false],
  ['a code point above 255 matches nothing', String.raw`/\x{263a}/`, '\xe2\x98\xba', false],
  ['other delimiters', 'm{a/b}', 'a/b', true],
  ['comma as delimiter', 'm,^https?://x,i', 'HTTP://x', true],
  ['comments in a pattern', '/a(?#nothing)b/', 'ab', true],
  ['(?|…)', '/(?|(a)|(b))c/', 'bc', true],
  ['\\p{Lu} over octets', String.raw`/\p{Lu}/`, 'A', true],
]

const REFUSED: readonly (readonly [string, string])[] = [
  ['/a', 'invalid end delimiter'],
  ['a', 'missing regexp delimiters'],
  ['//', 'always matching'],
  ['/a||b/', 'always matching'],
  ['/|a/', 'always matching'],
  ['/(a/', 'unmatched ('],
  ['/a)/', 'unmatched )'],
  ['/[a/', 'unmatched ['],
  ['/*a/', 'follows nothing'],
  ['/a**/', 'nested quantifiers'],
  ['/a/g', 'flag g'],
  ['/a(?{die})/', 'embedded code'],
  ['/(?R)/', 'not supported'],
  ['/(*SKIP)a/', 'verbs'],
  ['/\\1(?:a)/', 'nonexistent group'],
  ['/[z-a]/', 'backwards'],
  ['/[[:nope:]]/', 'unknown class'],
  ['/\\y/', 'unrecognized escape'],
  // What Perl only warns of, SpamAssassin refuses.
  ['/won.{1,10]x/', '{ begins no count'],
  ['/%{name}/', '{ begins no count'],
  ['/[\\w-z]/', 'range in a class'],
  ['/[a-\\d]/', 'range in a class'],
  ['/[:alpha:]/', 'inside a class'],
  ['/[[.a.]]/', 'no meaning'],
  ['/(?:\\b|^)+/', 'without end'],
  ['/a{3,1}/', 'can never match'],
  ['/(?<=a+)b/', 'lookbehind'],
  ['/\\Qa.b\\E/', 'unrecognized escape'],
  ['/\\x4g/', 'no hexadecimal digit'],
  ['/\\08/', 'no octal digit'],
  ['/\\c1/', 'no control character'],
  ['/a/b/', 'unquoted delimiter'],
  [`/${'('.repeat(200)}${')'.repeat(200)}/`, 'nested deeper'],
]

describe('Perl patterns', () => {
  it.each(CASES)('%s', (_name, pattern, text, matches) => {
    const compiled = rulePattern(pattern)
    for (const joining of [false, true])
      expect(new TextLines(['', text, ''], joining).search(compiled, FLAGS).count).toBe(matches ? 1 : 0)
  })

  it.each(REFUSED)('refuses %s', (pattern, reason) => {
    expect(() => rulePattern(pattern)).toThrow(PatternError)
    expect(() => rulePattern(pattern)).toThrow(reason)
  })

  it('does not match across lines that were joined', () => {
    const lines = new TextLines(['first line', 'second line'], true)
    const found = (pattern: string): number => lines.search(rulePattern(pattern), FLAGS).count
    expect(found('/line.{0,3}second/s')).toBe(0)
    expect(found('/line\\s*second/')).toBe(0)
    expect(found('/[^x]{12}/')).toBe(0)
    expect(found('/line$/')).toBe(1)
    expect(found('/^second/')).toBe(1)
    expect(found('/first\\b.*\\bsecond/s')).toBe(0)
    expect(found('/e(?!.)/s')).toBe(1)
  })

  it('counts matches line by line, up to maxhits, without the subject when asked', () => {
    const pattern = rulePattern('/\\bx/')
    for (const joining of [false, true]) {
      const lines = new TextLines(['x x', 'x', '', 'x x x'], joining)
      const count = (flags: Partial<typeof FLAGS>): number =>
        lines.search(pattern, { ...FLAGS, multiple: true, maxHits: 100, ...flags }).count
      expect(count({})).toBe(6)
      expect(count({ noSubject: true })).toBe(4)
      expect(count({ maxHits: 5 })).toBe(5)
      expect(lines.search(rulePattern('/^x/'), { ...FLAGS, multiple: true, maxHits: 100 }).count).toBe(3)
      expect(lines.search(rulePattern('/x$/'), { ...FLAGS, multiple: true, maxHits: 100 }).count).toBe(3)
    }
  })

  it('looks line by line where the text has octet 0 in it', () => {
    const lines = new TextLines(['a\0b', 'c'], true)
    expect(lines.search(rulePattern('/a.b/'), FLAGS).count).toBe(1)
    expect(lines.search(rulePattern('/b$/'), FLAGS).count).toBe(1)
  })

  it('finds literals that every match contains', () => {
    const literals = (pattern: string): readonly string[] | undefined => rulePattern(pattern).literals
    expect(literals('/cheap\\s+(?:pills|watches)/i')).toEqual(['pills', 'watches'])
    expect(literals('/(?:viagra|cialis)/i')).toEqual(['viagra', 'cialis'])
    expect(literals('/col(?:ou?)r/')).toEqual(['color', 'colour'])
    expect(literals('/foo|b/')).toBeUndefined()
    expect(literals('/\\d{4}/')).toBeUndefined()
    expect(literals('/(?:abc)*/')).toBeUndefined()
    expect(literals('/(?!secret)other/')).toEqual(['other'])
  })
})
