/** Running rules over messages. */
import { describe, expect, it } from '@jest/globals'
import { ruleNames } from '../../lib/rules/evaluate.ts'
import { MAIL, UNKNOWN, hitNames, judge, rulesOf } from './support.ts'

/** [what it shows, rules, names that hit] */
const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  ['a header with its newline', 'header A From =~ /example>\\n\\z/', ['A']],
  ['a header unfolded and decoded', 'header A Subject =~ /^Gr\xc3\xbc\xc3\x9fe from the coast$/', ['A']],
  ['a raw header', 'header A Subject:raw =~ /^ =\\?UTF-8\\?Q\\?.*\\n\\tthe coast/', ['A']],
  ['addresses', 'header A To:addr =~ /^carla\\@example\\.net$/m\nheader B To:addr =~ /Bert/', ['A']],
  ['names', 'header A From:name =~ /^Anna Beispiel$/', ['A']],
  ['the first and the last', 'header A To:addr:first =~ /bert/\nheader B To:addr:last =~ /nobody/', ['A']],
  [
    'hosts and domains',
    'header A From:addr:host =~ /^sender\\.example$/\nheader B From:addr:domain =~ /^sender\\.example$/',
    ['A', 'B'],
  ],
  ['To and Cc together', 'header A ToCc =~ /dora/\nheader B ToCc =~ /bert/', ['A', 'B']],
  ['MESSAGEID', 'header A MESSAGEID =~ /<1\\@sender/', ['A']],
  ['MESSAGEID:domain', 'header A MESSAGEID:domain =~ /^sender\\.example$/', ['A']],
  ['all headers', 'header A ALL =~ /^Cc: dora.*\\nSubject: Gr/m', ['A']],
  ['all headers as received', 'header A ALL:raw =~ /from\\n\\tthe/', ['A']],
  ['relays', 'header A X-Spam-Relays-Untrusted =~ /ip=192\\.0\\.2\\.10 rdns=mx\\.sender\\.example/', ['A']],
  ['headers of untrusted relays', 'header A ALL-UNTRUSTED =~ /^Received:/', ['A']],
  ['a header that is there', 'header A exists:Cc\nheader B exists:Bcc\nheader C exists:X-Empty', ['A', 'C']],
  ['no match', 'header A Subject !~ /x/\nheader B Subject !~ /coast/', ['A']],
  ['no match in a missing header', 'header A Bcc !~ /x/', ['A']],
  ['a missing header is empty', 'header A Bcc =~ /^$/\nheader B Bcc =~ /./', ['A']],
  [
    'if-unset',
    'header A Bcc =~ /^UNSET$/ [if-unset: UNSET]\nheader B Cc =~ /UNSET/ [if-unset: UNSET]',
    ['A'],
  ],
  ['paragraphs of the body', 'body A /Dear Bert, the quick brown/', ['A']],
  [
    'the subject is part of the body',
    'body A /from the coast/\nbody B /from the coast/\ntflags B nosubject',
    ['A'],
  ],
  ['lines of the raw body', 'rawbody A /Bert,\\nthe quick/', ['A']],
  ['links', 'uri A m{^http://www\\.example\\.com/path}\nuri B /nothing/', ['A']],
  ['the whole message', 'full A /\\n\\nDear Bert/', ['A']],
  [
    'counting',
    'body __A /viagra/i\ntflags __A multiple\nmeta B __A == 3\nbody __C /viagra/i\ntflags __C multiple maxhits=2\nmeta D __C == 2',
    ['B', 'D', '__A', '__C'],
  ],
  ['no counting without multiple', 'body __A /viagra/i\nmeta B __A == 1', ['B', '__A']],
  [
    'arithmetic',
    'body __A /Dear/\nbody __B /brown/\nmeta C (2 * __A - 0.5 * __B) > 1\nmeta D __A + __B + __Z >= 3',
    ['C', '__A', '__B'],
  ],
  ['a ternary', 'body __A /Dear/\nmeta B (__A ? 0 : 1)\nmeta C (__Z ? 0 : 1)', ['C', '__A']],
  ['precedence', 'body __A /Dear/\nmeta B __A || __Z && __Z\nmeta C !__A || !__Z && 0', ['B', '__A']],
  [
    'metas over metas in any order',
    'meta A B && !C\nmeta B __D\nmeta C !__D\nbody __D /Dear/',
    ['A', 'B', '__D'],
  ],
  ['a rule of score 0 is off and counts as 0', 'body A /Dear/\nscore A 0\nmeta B !A\nmeta C A', ['B']],
  [
    'a meta that asks for nothing counts as 0',
    'body A /Dear/\nmeta N 0\nscore N 0\nmeta B A || N',
    ['A', 'B'],
  ],
  ['a meta on a meta of score 0 never hits', 'body __A /Dear/\nmeta B __A\nscore B 0\nmeta C !B', ['__A']],
  ['metas in a ring never hit', 'meta A !B\nmeta B !A\nbody C /Dear/', ['C']],
  [
    'captures',
    'header __T From:addr =~ /^(?<SENDER>.+)$/\nbody A /write to %{SENDER}/\nbody B /%{NOBODY}/',
    ['A', '__T'],
  ],
  [
    'replaced tags',
    'replace_tag A (?:a|@)\nreplace_tag G (?:g|9)\nreplace_rules X\nbody X /vi<A><G>r<A>/i\nbody Y /vi<A><G>ra/i',
    ['X'],
  ],
  [
    'tags with something between',
    'replace_tag V v\nreplace_tag I i\nreplace_inter W [.]?\nreplace_rules X\nbody X /<inter W><V><I>/i',
    ['X'],
  ],
  ['mimeheader', 'mimeheader A Content-Type =~ /text.plain/', ['A']],
  ['uri_detail', 'uri_detail A domain =~ /^example\\.com$/ cleaned =~ /path/', ['A']],
]

describe('rules', () => {
  it.each(CASES)('%s', (_name, rules, expected) => {
    const off = { prefilter: false, joined: false, lazy: false }
    expect(hitNames(rules, MAIL)).toEqual(expected)
    expect(hitNames(rules, MAIL, { tuning: off })).toEqual(expected)
  })

  it('see the envelope, also through the words AnyFrom and AnyTo', () => {
    const envelope = { ...UNKNOWN, sender: 'bounce@list.example', recipients: ['eve@example.org'] }
    const rules =
      'header A EnvelopeFrom =~ /^bounce/\nheader B AnyFrom:addr =~ /^bounce\\@list\\.example$/m\nheader C AnyFrom:addr =~ /^anna\\@/m\nheader D AnyTo:addr =~ /^eve\\@example\\.org$/m'
    expect(hitNames(rules, MAIL, { envelope })).toEqual(['A', 'B', 'C', 'D'])
  })

  it('see what checks found, and score it', () => {
    const set = rulesOf('meta A SPF_FAIL && !DKIM_VALID\nscore A 2\nscore SPF_FAIL 0.9\n')
    const facts = [{ name: 'SPF_FAIL', detail: 'no' }, { name: 'LIST_X', score: 3 }, { name: 'UNKNOWN_HIT' }]
    const result = judge(set, MAIL, { facts })
    expect(result.hits).toEqual([
      { name: 'SPF_FAIL', score: 0.9, detail: 'no' },
      { name: 'LIST_X', score: 3 },
      { name: 'UNKNOWN_HIT', score: 0 },
      { name: 'A', score: 2 },
    ])
    expect(result.score).toBe(5.9)
  })

  it('a fact is not counted twice when a rule has its name', () => {
    const set = rulesOf('body A /Dear/\nscore A 1.5\n')
    expect(judge(set, MAIL, { facts: [{ name: 'A' }] }).hits).toEqual([{ name: 'A', score: 1.5 }])
  })

  it('give evidence, and the sum of their scores without dust', () => {
    const result = judge(rulesOf('body A /quick \\w+/\nscore A 0.1\nbody B /lazy/\nscore B 0.2\n'), MAIL)
    expect(result.hits).toEqual([
      { name: 'A', score: 0.1, detail: 'quick brown' },
      { name: 'B', score: 0.2, detail: 'lazy' },
    ])
    expect(result.score).toBe(0.3)
  })

  it('end early at a short circuit', () => {
    const text = [
      'loadplugin Mail::SpamAssassin::Plugin::Shortcircuit',
      'body A /Dear/',
      'score A -1',
      'priority A -500',
      'shortcircuit A on',
      'body B /quick/',
    ].join('\n')
    expect(judge(rulesOf(text), MAIL)).toMatchObject({ shortCircuit: 'A', score: -1.0001 })
    expect(judge(rulesOf(text.replace('A on', 'A ham')), MAIL)).toMatchObject({
      shortCircuit: 'A',
      score: -101,
    })
    expect(judge(rulesOf(text.replace('/Dear/', '/nothing/')), MAIL).hits.map((hit) => hit.name)).toEqual([
      'B',
    ])
  })

  it('carry actions of what hit', () => {
    const set = rulesOf(
      'body A /Dear/\n#hamlet: action A quarantine look\nbody B /nothing/\n#hamlet: action B discard\n',
    )
    expect(judge(set, MAIL).actions).toMatchObject([{ rule: 'A', action: 'quarantine', argument: 'look' }])
  })

  it('stop when the time is up, say so and name what was slow', () => {
    let now = 0
    const clock = (): number => (now += 30)
    const result = judge(rulesOf('body A /[dD]ear/\nbody B /[qQ]uick/\nbody C /[lL]azy/\nmeta D 1\n'), MAIL, {
      clock,
      budgetMs: 70,
    })
    expect(result.incomplete).toBe(true)
    expect(result.slow[0]).toEqual({ name: 'A', ms: 30 })
    expect(result.hits.map((hit) => hit.name)).toEqual(['A', 'B', 'D'])
  })

  it('tell the owner of the thread which rule is running, and which have hit', () => {
    const set = rulesOf('body A /[dD]ear/\n')
    const names = ruleNames(set)
    const running: (string | undefined)[] = []
    const words = new Int32Array([-1, 0, -1, -1])
    const progress = new Proxy(words, {
      get: (target, key) => Reflect.get(target, key) as unknown,
      set(target, key, value: number) {
        if (key === '0' && value >= 0) running.push(names[value])
        return Reflect.set(target, key, value)
      },
    })
    judge(set, MAIL, { progress })
    expect(running).toEqual(['A'])
    expect([words[0], words[1], names[words[2] ?? -1], words[3]]).toEqual([-1, 1, 'A', -1])
  })

  it('survive any octets', () => {
    const set = rulesOf(
      'body A /x/\nrawbody B /\\x00/\nheader C Subject =~ /./\nuri D /./\nfull E /./s\nheader F ALL =~ /./\n',
    )
    for (let seed = 1; seed < 200; seed++) {
      const bytes = Uint8Array.from(
        { length: (seed * 37) % 400 },
        (_, at) => (Math.imul(at + seed, 2654435761) >>> 13) & 255,
      )
      expect(() => judge(set, bytes)).not.toThrow()
    }
  })
})
