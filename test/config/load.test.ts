import { describe, expect, it } from '@jest/globals'
import { defaultConfig, formatConfigError, parseConfig } from '../../lib/config/load.ts'
import { parseDuration, parseSize } from '../../lib/config/units.ts'

const errorsOf = (text: string): readonly string[] => {
  const loaded = parseConfig(text, 'hamlet.yaml')
  return loaded.ok ? [] : loaded.errors.map(formatConfigError)
}

describe('the configuration', () => {
  it('is whole without a file', () => {
    const { listen, state, rules, scores } = defaultConfig()
    expect({ listen, state, rules, scores }).toMatchObject({
      listen: ['inet:8893@127.0.0.1'],
      state: './var',
      rules: ['builtin'],
      scores: { tag: 5, quarantine: 'off', reject: 15 },
    })
  })

  it('is frozen through and through', () => {
    const config = defaultConfig()
    expect(Object.isFrozen(config) && Object.isFrozen(config.scores) && Object.isFrozen(config.listen)).toBe(
      true,
    )
  })

  it('reports ten errors at once, each with its line', () => {
    const errors = errorsOf(
      [
        'listen: 5',
        'stat: x',
        'dns:',
        '  timeout: 5 apples',
        '  server: [a]',
        'scores:',
        '  tag: 5',
        '  reject: foo',
        'judge:',
        '  trusted: maybe',
        '  stage_deadline: 99h',
        'scan:',
        '  workers: -1',
        'milter:',
        '  socket_mode: "9999"',
        'log:',
        '  format: xml',
      ].join('\n'),
    )
    expect(errors.map((error) => error.split(':').slice(0, 2).join(':'))).toEqual(
      [1, 2, 4, 5, 8, 10, 11, 13, 15, 17].map((line) => `hamlet.yaml:${line}`),
    )
  })

  it.each([
    ['stat: /var/lib/hamlet', 'hamlet.yaml:1: unknown key `stat`; did you mean `state`?'],
    ['dns: { server: [] }', 'hamlet.yaml:1: dns: unknown key `server`; did you mean `servers`?'],
    ...['tag: 9, reject: 5', 'discard: 20', 'junk: 7, quarantine: 6'].map((scores) => [
      `scores: { ${scores} }`,
      'hamlet.yaml:1: scores: expected tag <= junk <= redirect <= quarantine <= discard <= reject',
    ]),
    ['dns:\n  timeout: 90 years', 'hamlet.yaml:2: dns.timeout: expected a duration such as 30s, 5m or 2h'],
    ['xyzzy: 1', 'hamlet.yaml:1: unknown key `xyzzy`'],
    ['scores: { reject: foo }', 'hamlet.yaml:1: scores.reject: expected a number or `off`'],
    ['scores: { reject: 99999 }', 'hamlet.yaml:1: scores.reject: expected no more than 10000'],
    ['limits: { connections: 1.5 }', 'hamlet.yaml:1: limits.connections: expected a whole number or `off`'],
    [
      'limits: { message_size: 5 ells }',
      'hamlet.yaml:1: limits.message_size: expected a size such as 512KB or 25MB or `off`',
    ],
    [
      'limits: { message_size_of: { a b: 1MB } }',
      'hamlet.yaml:1: limits.message_size_of.a b: expected the name of an IP group',
    ],
    ['judge: { trusted: maybe }', 'hamlet.yaml:1: judge.trusted: expected true or false'],
    ['log: { format: xml }', 'hamlet.yaml:1: log.format: expected `text` or `json`'],
    ['listen: 5', 'hamlet.yaml:1: listen: expected a list or a text'],
    [
      'links: { lists: [{ zone: list.example, codes: { bit 3: { hit: LISTED, score: 1 } } }] }',
      'hamlet.yaml:1: links.lists.0.codes.bit 3: expected a code such as 127.0.1.2, 127.0.1.2-99 or bit 64',
    ],
    [
      'dns_lists: { lists: [{ zone: list.example, codes: { 127.0.0.2: { hit: LISTED } } }] }',
      'hamlet.yaml:1: dns_lists.lists.0.codes.127.0.0.2.score: is missing',
    ],
  ])('%s', (text, error) => {
    expect(errorsOf(text)).toEqual([error])
  })

  it('takes a section of nothing but comments for its defaults', () => {
    const loaded = parseConfig('scores:\n  # reject: 9\nlog:\n', 'f')
    expect(loaded.ok && loaded.config).toEqual(defaultConfig())
  })

  it('names the line of text that is not YAML at all', () => {
    const [error] = errorsOf('listen: [a\nstate: b\n')
    expect(error).toMatch(/^hamlet\.yaml:\d: not valid YAML: /)
  })

  it('takes thresholds in the order of their strength, and equal ones', () => {
    expect(errorsOf('scores: { tag: 5, junk: 5, quarantine: 8, discard: 15, reject: off }')).toEqual([])
  })

  it('reads off as a word and as what YAML 1.1 made of it', () => {
    const loaded = parseConfig('scores: { quarantine: false, reject: off }', 'f')
    expect(loaded.ok && loaded.config.scores).toMatchObject({ tag: 5, quarantine: 'off', reject: 'off' })
  })
})

describe('quantities', () => {
  it.each([
    ['0', 0],
    ['1500ms', 1500],
    ['1.5m', 90_000],
    ['7d', 604_800_000],
    ['5', 5000],
    ['-5s', null],
    ['5 parsecs', null],
  ])('duration %s', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds)
  })
  it.each([
    ['512KB', 524_288],
    ['1 mb', 1_048_576],
    ['12', 12],
    ['12 ells', null],
  ])('size %s', (text, octets) => {
    expect(parseSize(text)).toBe(octets)
  })
})

describe('a hostile configuration', () => {
  const bomb = [...'abcdefghi'].map((name, index, all) => {
    const before = index === 0 ? '"x"' : `*${all[index - 1]}`
    return `${name}: &${name} [${Array.from({ length: 9 }, () => before).join(', ')}]`
  })
  it.each([
    ['an alias bomb', bomb.join('\n'), /^hamlet\.yaml:9: not valid YAML: .*alias/],
    ['an alias without anchor', 'listen: *nope', /^hamlet\.yaml:1: not valid YAML: /],
    ['an anchor within itself', 'groups: &a { x: *a }', /^hamlet\.yaml:1: /],
    ['20,000 brackets', `a: 1\nb: ${'['.repeat(20_000)}`, /^hamlet\.yaml:2: nested too deep/],
    ['20,000 braces', `b: ${'{a: '.repeat(20_000)}`, /^hamlet\.yaml:1: nested too deep/],
    ['5,000 levels of dashes', `b:\n ${'- '.repeat(5000)}x`, /^hamlet\.yaml:2: nested too deep/],
    ['binary octets', '\0\x01\x02'.repeat(5000), /^hamlet\.yaml:1: /],
  ])('%s ends in one line that names the place', (_what, text, expected) => {
    const errors = errorsOf(text)
    expect(errors[0]).toMatch(expected)
    expect(errors.length).toBeLessThanOrEqual(20)
  })

  const inherited = Object.getOwnPropertyNames(Object.prototype)
  it.each(inherited)('%s is no key and no unit', (name) => {
    expect(errorsOf(`${name}: 1`)[0]).toMatch(/^hamlet\.yaml:1: unknown key/)
    expect(errorsOf(`scores: { ${name}: 1 }`)[0]).toMatch(/^hamlet\.yaml:1: scores: unknown key/)
    expect(errorsOf(`milter: { drain: 5${name} }`)[0]).toMatch(/^hamlet\.yaml:1: milter\.drain/)
  })
})
