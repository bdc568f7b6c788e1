/** What lint says of rule files beyond what loading says: names, circles, plugins that are not there, patterns. */
import { describe, expect, it } from '@jest/globals'
import { EVAL_PLUGINS } from '../../lib/rules/evals/index.ts'
import { compileAll } from '../../lib/rules/lint.ts'
import { type Source, loadRules } from '../../lib/rules/load.ts'

const STOCK = 'Mail::SpamAssassin::Plugin::'

function lint(text: string, include?: (path: string) => Source | undefined): readonly string[] {
  const set = loadRules([{ file: 'local.cf', text }], {
    plugins: EVAL_PLUGINS,
    notes: true,
    ...(include === undefined ? {} : { include }),
  })
  return [...set.problems, ...compileAll(set)].map(
    ({ file, line, severity, text: said }) => `${file}:${line} ${severity} ${said}`,
  )
}

describe('lint', () => {
  it('finds names that belong to no rule', () => {
    const said = lint(
      [
        'body A /a/',
        'score A 1',
        'describe A has an a',
        'score AA 1',
        'describe AAA has three',
        'tflags B net',
        'meta C A && D',
        'score D 1',
        'meta E A && FROM_A_CHECK && local_tests_only',
        'score FROM_A_CHECK 2',
        'describe FROM_A_CHECK reported by a check',
        'test NOBODY ok text',
        '#hamlet: action NOBODY reject',
      ].join('\n'),
    )
    expect(said.toSorted()).toEqual(
      [
        'local.cf:4 warning score for AA, which is no rule',
        'local.cf:5 warning describe for AAA, which is no rule',
        'local.cf:6 warning tflags for B, which is no rule',
        'local.cf:7 warning C asks for D, which is no rule',
        'local.cf:8 warning score for D, which is no rule',
        'local.cf:12 warning test of NOBODY, which is no rule',
        'local.cf:13 warning action for NOBODY, which is no rule',
      ].toSorted(),
    )
  })

  it('finds rules that are defined twice, unless both say the same', () => {
    expect(lint('body A /a/\nbody B /b/\nbody A /c/\nbody B /b/\n')).toEqual([
      'local.cf:3 warning A is defined again: the definition in local.cf:1 no longer counts',
    ])
  })

  it('finds metas that wait for each other, which are off', () => {
    const set = loadRules(
      [{ file: 'f', text: 'body X /x/\nmeta A B || X\nmeta B A\nmeta C A\nmeta D X\nmeta E E\n' }],
      { plugins: EVAL_PLUGINS },
    )
    expect(set.problems.map(({ line, severity }) => [line, severity])).toEqual([
      [2, 'error'],
      [3, 'error'],
      [4, 'error'],
      [6, 'error'],
    ])
    expect(set.rules.get('C')?.test.kind).toBe('empty')
    expect(set.rules.get('D')?.test.kind).toBe('meta')
  })

  it('takes directives of plugins that are loaded and that Hamlet has not', () => {
    expect(lint('use_razor2 0\nuse_pyzor no\nrazor_timeout 5\nuse_dcc 0\n')).toEqual([
      expect.stringContaining('local.cf:3 unsupported razor_timeout: Razor'),
      `local.cf:4 error use_dcc needs loadplugin ${STOCK}DCC`,
    ])
    expect(
      lint(`loadplugin ${STOCK}DCC\ndcc_home /var/dcc\n`).every((line) => line.includes('unsupported')),
    ).toBe(true)
    expect(lint('authres_networks all\n')).toEqual([
      `local.cf:1 error authres_networks needs loadplugin ${STOCK}AuthRes`,
    ])
  })

  it('refuses patterns of mimeheader, uri_detail and redirector_pattern where they stand', () => {
    const said = lint(
      [
        'mimeheader A Content-Type =~ /(/',
        'uri_detail B domain =~ /[/',
        'redirector_pattern /a{2,1}(.*)/',
        'mimeheader C Content-Type =~ /pdf/i',
        'uri_detail D text =~ /click/i domain !~ /example/',
      ].join('\n'),
    )
    expect(said.map((line) => line.split(':').slice(0, 2).join(':'))).toEqual([
      'local.cf:1 error invalid pattern /(/',
      'local.cf:2 error invalid pattern /[/',
      'local.cf:3 error invalid pattern /a{2,1}(.*)/',
    ])
  })

  it('says of patterns that Perl takes and Hamlet does not that they are not supported', () => {
    expect(
      lint('body A /a(?R)?b/\nbody B /(a)(?(1)b|c)/\nbody C /\\Xa/\n').map((line) => line.split(' ')[1]),
    ).toEqual(['unsupported', 'unsupported', 'unsupported'])
  })

  it('names a word boundary beside a character that is not ASCII', () => {
    const idle = (pattern: string): boolean => lint(`body A ${pattern}\n`).length === 1
    expect(idle('/\\b\xc3\xa9tat/')).toBe(true)
    expect(idle('/caf\xc3\xa9\\b/')).toBe(true)
    expect(idle('/\\b(?:\xc3\xa9tat|\xc3\xa0 la)\\b/')).toBe(true)
    expect(idle('/\\bcaf\xc3\xa9/')).toBe(false)
    expect(idle('/x\\b\xc3\xa9/')).toBe(false)
    expect(idle('/\\b(?:\xc3\xa9|e)tat/')).toBe(false)
  })

  it('knows for which kind of rule a function is', () => {
    expect(lint('header A eval:check_for_mime("mime_bad_iso_charset")\n')).toEqual([
      expect.stringMatching(/^local\.cf:1 error .* makes a body rule/),
    ])
    expect(lint('rawbody A eval:check_for_mime("mime_bad_iso_charset")\n')).toEqual([])
  })

  it('warns of names over 40 characters', () => {
    const name = 'A'.repeat(41)
    expect(lint(`body ${name} /x/\n`)).toHaveLength(1)
    expect(lint(`body __${name} /x/\n`)).toEqual([])
  })

  it('reads a file once, however often it is included, and warns of one that is not there', () => {
    const own = (path: string): Source | undefined =>
      path === 'own.cf' ? { file: path, text: 'include own.cf\nbody A /a/\n' } : undefined
    expect(lint('include own.cf\ninclude own.cf\n', own)).toEqual([])
    expect(lint('include nothing.cf\n', own)).toEqual([expect.stringContaining('local.cf:1 warning')])
  })

  it('reads files with CRLF, comments and all', () => {
    expect(lint('# a comment\r\nbody A /a/ # another\r\nscore A 1\r\n')).toEqual([])
  })

  it('reads lists of domains for HashBL', () => {
    expect(lint('hashbl_acl_freemail gmail.com !info@gmail.com *.example.com\n')).toEqual([])
    expect(lint('hashbl_acl_ gmail.com\n')).toHaveLength(1)
  })

  it('names what has its place in the configuration', () => {
    expect(lint('required_score 6\nreport_safe 0\nuridnsbl_timeout 5\nrewrite_header From [spam]\n')).toEqual(
      [
        expect.stringMatching(/^local\.cf:1 warning required_score has no effect: .*scores/),
        expect.stringMatching(/^local\.cf:3 warning uridnsbl_timeout has no effect/),
        expect.stringMatching(/^local\.cf:4 unsupported rewrite_header From/),
      ],
    )
  })

  it('looks after lists of networks', () => {
    expect(
      lint('trusted_networks 10. 192.0.2.0/24 10.1/16 127.0.0.1\ninternal_networks 10.2/16 198.51.100.7\n'),
    ).toEqual([
      'local.cf:1 warning trusted_networks: 10.1/16 127.0.0.1 is in the list already',
      'local.cf:2 error internal_networks: 198.51.100.7 is not in trusted_networks',
    ])
    expect(lint('internal_networks 10.2/16\nmsa_networks 10.2.3.4\n')).toEqual([])
  })
})
