/** Reading rule files: what is understood, what is refused, and that nothing throws. */
import { describe, expect, it } from '@jest/globals'
import { EVAL_PLUGINS } from '../../lib/rules/evals/index.ts'
import { loadRules } from '../../lib/rules/load.ts'
import type { RuleSet } from '../../lib/rules/ruleset.ts'
import { judge, rulesOf } from './support.ts'

const names = (set: RuleSet): string[] => [...set.rules.keys()]
const problems = (set: RuleSet): string[] =>
  set.problems.map(({ line, severity, text }) => `${line} ${severity} ${text}`)

describe('rule files', () => {
  it('have comments, escaped hashes, blank lines and hyphens in directive names', () => {
    const set = rulesOf('# a comment\n\n  body A /x\\#y/ # why\nrequired-score 7\nBODY B /z/\n')
    expect(problems(set)).toEqual([
      '4 warning required_score has no effect: the configuration has the thresholds (section scores)',
    ])
    expect(names(set)).toEqual(['A', 'B'])
    expect(set.rules.get('A')?.line).toBe('body A /x#y/')
    expect(set.settings.requiredScore).toBe(7)
  })

  it('say what is wrong with file and line', () => {
    const set = rulesOf(
      'body A /x\nheader B Subject\nscore C x\nnonsense 1\nendif\nmeta D A &&\nbody 1A /x/\nheader E From:nope =~ /x/\nif (version >= 4)\n',
    )
    expect(set.problems.map(({ line, severity }) => [line, severity])).toEqual([
      [1, 'error'],
      [2, 'error'],
      [3, 'error'],
      [4, 'error'],
      [5, 'error'],
      [6, 'error'],
      [7, 'error'],
      [8, 'error'],
      [9, 'error'],
    ])
    expect(set.problems.every(({ file }) => file === 'test.cf')).toBe(true)
  })

  it('have conditions', () => {
    const set = rulesOf(
      [
        'if (version >= 4.000000)',
        'body A /a/',
        'else',
        'body B /b/',
        'endif',
        'ifplugin Mail::SpamAssassin::Plugin::Nonesuch',
        'body C /c/',
        'if (1)',
        'body D /d/',
        'else',
        'body E /e/',
        'endif',
        'endif',
        'if !plugin(Mail::SpamAssassin::Plugin::Nonesuch) && can(Mail::SpamAssassin::Conf::feature_bug6558_free)',
        'body F /f/',
        'endif',
        'if can(Mail::SpamAssassin::Conf::feature_of_the_future)',
        'body G /g/',
        'endif',
        'if (perl_version >= 5.018000) && !(local_tests_only)',
        'body H /h/',
        'endif',
      ].join('\n'),
      { net: true },
    )
    expect(problems(set)).toEqual([])
    expect(names(set)).toEqual(['A', 'F', 'H'])
  })

  it('tell features of plugins that are loaded', () => {
    const text = 'if can(Mail::SpamAssassin::Plugin::BodyEval::has_check_body_length)\nbody A /a/\nendif\n'
    expect(names(rulesOf(text))).toEqual(['A'])
    expect(names(rulesOf(text, { stockPlugins: false }))).toEqual([])
    expect(
      names(rulesOf(`loadplugin Mail::SpamAssassin::Plugin::BodyEval\n${text}`, { stockPlugins: false })),
    ).toEqual(['A'])
  })

  it('tell what there is from what says yes', () => {
    const plugins = [
      {
        name: 'P',
        initial: () => null,
        directives: {},
        functions: { f: () => true },
        can: ['P::yes'],
        has: ['P::no'],
      },
    ]
    const asked = (text: string): readonly string[] =>
      ['yes', 'no', 'f', 'none'].filter(
        (word) =>
          names(rulesOf(`${text.replace('X', `P::${word}`)}\nbody A /a/\nendif`, { plugins })).length > 0,
      )
    expect(asked('loadplugin P\nif can(X)')).toEqual(['yes'])
    expect(asked('loadplugin P\nif has(X)')).toEqual(['yes', 'no', 'f'])
    expect(asked('if has(X)')).toEqual([])
  })

  it('name what Hamlet does not do', () => {
    const set = rulesOf(
      'loadplugin Mail::SpamAssassin::Plugin::Razor2\nloadplugin Mail::SpamAssassin::Plugin::Pyzor\nloadplugin My::Own\nifplugin Mail::SpamAssassin::Plugin::DCC\nbody X /x/\nendif\nheader Y eval:no_such_function()\n',
    )
    expect(set.problems.map(({ line, severity }) => [line, severity])).toEqual([
      [1, 'unsupported'],
      [2, 'unsupported'],
      [3, 'unsupported'],
      [4, 'unsupported'],
      [7, 'unsupported'],
    ])
  })

  it('take lines of the language that was asked for', () => {
    const text = 'describe A english\nlang de describe A deutsch\nbody A /a/\n'
    expect(rulesOf(text).descriptions.get('A')).toBe('english')
    expect(rulesOf(text, { lang: 'de_DE' }).descriptions.get('A')).toBe('deutsch')
  })

  it('include files, with the path of the including file, and stop at a ring', () => {
    const asked: string[] = []
    const include = (path: string, from: string) => {
      asked.push(`${from}>${path}`)
      return path === 'gone.cf' ? undefined : { file: path, text: 'include ring.cf\nbody B /b/\n' }
    }
    const set = loadRules([{ file: 'a.cf', text: 'include ring.cf\ninclude gone.cf\nbody A /a/\n' }], {
      plugins: EVAL_PLUGINS,
      include,
    })
    expect(asked[0]).toBe('a.cf>ring.cf')
    expect(names(set).sort()).toEqual(['A', 'B'])
    expect(
      set.problems.some(({ text }) => text.includes('cannot read gone.cf') || text.includes('more than')),
    ).toBe(true)
  })

  it('score in four situations, relatively, and by default', () => {
    const text = [
      'body A /a/',
      'score A 1 2 3 4',
      'body B /b/',
      'body T_C /c/',
      'body D /d/',
      'tflags D nice',
      'body E /e/',
      'score E 2',
      'score E (0.5)',
      'score F (1)',
    ].join('\n')
    const score = (net: boolean, bayes: boolean): number | undefined =>
      rulesOf(text, { net, bayes }).scores.get('A')
    expect([score(false, false), score(true, false), score(false, true), score(true, true)]).toEqual([
      1, 2, 3, 4,
    ])
    const set = rulesOf(text)
    expect(['B', 'T_C', 'D', 'E'].map((name) => set.scores.get(name))).toEqual([1, 0.01, -1, 2.5])
    expect(problems(set)).toEqual(['10 error relative score without an earlier score'])
  })

  it('expand rules_matching and inherit net and priority', () => {
    const set = rulesOf(
      'body __X_1 /a/\nbody __X_2 /b/\nmeta M rules_matching(__X_*) >= 2\nbody N /n/\ntflags N net\nmeta O N && M\nmeta P M\npriority P -500\n',
    )
    expect(set.rules.get('M')?.dependencies).toEqual(['__X_1', '__X_2'])
    expect(set.rules.get('O')?.flags.net).toBe(true)
    // A meta runs no earlier than what it depends on.
    expect(set.rules.get('__X_1')?.priority).toBe(-500)
    expect(set.rules.get('P')?.priority).toBe(-500)
  })

  it('read settings that matter to headers and trust', () => {
    const { settings, problems: found } = rulesOf(
      [
        'trusted_networks !10.1.1.1 10. 192.168/16',
        'internal_networks nonsense',
        'add_header all Status "_YESNO_\\nscore=_SCORE_"',
        'add_header spam Flag _YESNOCAPS_',
        'remove_header all Flag',
        'rewrite_header Subject [spam]',
        'originating_ip_headers X-A X-B',
        'clear_originating_ip_headers',
        'originating_ip_headers X-C',
        'report Line one',
        'util_rb_tld com org',
        'util_rb_2tld co.uk',
      ].join('\n'),
    )
    expect(settings.trustedNetworks).toEqual(['!10.1.1.1', '10.', '192.168/16'])
    expect(settings.addedHeaders).toEqual([
      { scope: 'all', name: 'Status', template: '_YESNO_\nscore=_SCORE_' },
    ])
    expect(settings.rewrittenHeaders.get('Subject')).toBe('[spam]')
    expect(settings.originatingIpHeaders).toEqual(['X-C'])
    expect(settings.report).toEqual(['Line one'])
    expect(settings.topLevelDomains).toEqual(['com', 'org'])
    expect(found.map(({ line }) => line)).toEqual([2])
  })

  it('hold actions in lines that SpamAssassin skips', () => {
    const set = rulesOf(
      'body A /a/\n#hamlet: action A reject 5.7.1 no\n#hamlet: action B redirect\n#hamlet: action C explode\n# hamlet: action A discard\n',
    )
    expect(set.actions.get('A')).toMatchObject({ action: 'reject', argument: '5.7.1 no', line: 2 })
    expect(set.problems.map(({ line }) => line)).toEqual([3, 4])
  })

  it('never make the reader throw', () => {
    const words =
      'header body meta score describe tflags if endif else ifplugin include /x/ A B ( ) && eval:x( Subject =~ !~ 1 -1 (2) replace_tag replace_rules <A> lang de #hamlet: action uri test ok'.split(
        ' ',
      )
    let state = 3
    const next = (below: number): number => (state = (state * 48271) % 2147483647) % below
    let rules = 0
    for (let run = 0; run < 3000; run++) {
      const text = Array.from({ length: 1 + next(6) }, () =>
        Array.from({ length: 1 + next(7) }, () => words[next(words.length)]).join(next(9) === 0 ? '\t' : ' '),
      ).join('\n')
      rules += rulesOf(text).rules.size
    }
    expect(rules).toBeGreaterThan(30)
  })
})

describe('words that every JavaScript object has', () => {
  const words = Object.getOwnPropertyNames(Object.prototype)
  const lines = words.flatMap((word) => [
    `${word} x`,
    `${word} = x`,
    `score ${word} 5`,
    `describe ${word} words`,
    `header H_${word} ${word} =~ /x/`,
    `header I_${word} exists:${word}`,
    `body ${word} /x/`,
    `body B_${word} /[[:${word}:]]\\p{${word}}/`,
    `body E_${word} eval:${word}('x')`,
    `header R_${word} eval:check_rbl('${word}', '${word}', '${word}')`,
    `meta M_${word} ${word} + ${word}(1) > _${word}_`,
    `tflags ${word} ${word}`,
    `askdns A_${word} _${word}_.example.test ${word} /x/`,
    `add_header all ${word} _${word}(x)_`,
    `replace_tag ${word} [a]`,
    `replace_rules ${word}`,
    `#hamlet: ${word} ${word}`,
    `ifplugin ${word}`,
    'endif',
    `if can(${word}::${word}) && ${word}`,
    'endif',
    `loadplugin ${word}`,
    `priority ${word} ${word}`,
    `util_rb_tld ${word}`,
    `whitelist_from ${word}`,
    `enlist_addrlist (${word}) ${word}`,
    `uridnsbl U_${word} ${word} ${word}`,
    `trusted_networks ${word}`,
  ])

  it('are words like others in a rule file: each problem names its line, and mail is judged', () => {
    const set = rulesOf(lines.join('\n'))
    expect(set.problems.length).toBeGreaterThan(words.length)
    expect(set.problems.filter(({ line, file }) => line < 1 || file !== 'test.cf')).toEqual([])
    expect(set.problems.filter(({ line, severity }) => severity === 'error' && line === 1)).toHaveLength(1)
    const results = words.map(
      (word) => `Authentication-Results: ${word}; ${word}=${word} ${word}.${word}=${word}`,
    )
    const mail = [...results, ...words.map((word) => `${word}: ${word}`), '', ...words, ''].join('\n')
    expect(() => judge(set, mail)).not.toThrow()
  })
})
