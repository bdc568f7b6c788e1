import { describe, expect, it } from '@jest/globals'
import { demandsOfUnscanned, judge, type Answered } from '../../lib/checks/scanners.ts'
import { configSchema } from '../../lib/config/schema.ts'
import type { ScanAnswer } from '../../lib/scanners/scanner.ts'

const scannersOf = (...all: readonly object[]) => configSchema.parse({ scanners: all }).scanners
const [clam, strictClam, heldClam, tameClam, scoringClam] = scannersOf(
  { type: 'clamd', name: 'clam', address: '127.0.0.1:3310' },
  { type: 'clamd', name: 'strict', address: '/run/clamd.sock', on_failure: 'closed' },
  { type: 'clamd', name: 'held', address: 'unix:/run/clamd.sock', malware: 'redirect' },
  { type: 'clamd', name: 'tame', address: '[::1]:3310', overrides_allow: false },
  { type: 'clamd', name: 'scoring', address: '127.0.0.1:3310', malware: 'score' },
)
const [spamd, https] = scannersOf(
  { type: 'spamd', name: 'spamd', address: '127.0.0.1:783', weight: 0.5, most: 4 },
  { type: 'https', name: 'online', url: 'https://scan.example/judge' },
)
const malware: ScanAnswer = { kind: 'threat', threat: 'malware', name: 'Eicar' }
const phishing: ScanAnswer = { kind: 'threat', threat: 'phishing', name: 'x', points: 9 }
const silent: ScanAnswer = { kind: 'unavailable', reason: 'no answer in time' }
const points = (many: number): ScanAnswer => ({ kind: 'points', points: many, detail: '' })

describe('judge', () => {
  it.each<readonly [string, Answered['scanner'] | undefined, ScanAnswer, readonly string[]]>([
    ['clean', clam, { kind: 'clean' }, ['hits']],
    ['malware', clam, malware, ['hits', 'SCANNER_MALWARE', 'reject overrides']],
    ['malware with the override off', tameClam, malware, ['hits', 'SCANNER_MALWARE', 'reject']],
    [
      'malware goes to the quarantine mailbox',
      heldClam,
      malware,
      ['hits', 'SCANNER_MALWARE', 'redirect overrides'],
    ],
    ['malware is worth points only', scoringClam, malware, ['hits', 'SCANNER_MALWARE']],
    ['phishing by a service', https, phishing, ['hits', 'SCANNER_PHISHING', 'reject overrides']],
    ['a service says 4 of 9', https, points(4), ['hits', 'SCANNER_HTTPS=2']],
    ['a second opinion', spamd, points(5), ['hits', 'SCANNER_SPAMD=2.5']],
    ['a second opinion is bounded', spamd, points(1000), ['hits', 'SCANNER_SPAMD=4']],
    ['a second opinion is bounded downwards', spamd, points(-100), ['hits', 'SCANNER_SPAMD=-4']],
    ['no answer, open', clam, silent, ['unavailable']],
    ['no answer, closed', strictClam, silent, ['unavailable', 'defer overrides']],
  ])('%s', (_what, scanner, answer, expected) => {
    const result = judge([{ scanner: scanner!, answer }])
    const words =
      result.kind === 'refuse'
        ? []
        : [
            ...(result.hits ?? []).map(({ name, score }) =>
              score === undefined ? name : `${name}=${score}`,
            ),
            ...(result.demands ?? []).map(
              ({ action, overridesAllow }) => `${action}${overridesAllow === true ? ' overrides' : ''}`,
            ),
          ]
    expect([result.kind, ...words]).toEqual(expected)
  })

  it('names every scanner that is missing', () => {
    const result = judge([clam, spamd].map((scanner) => ({ scanner: scanner!, answer: silent })))
    expect(result.kind === 'unavailable' && result.reason).toBe(
      'clam: no answer in time; spamd: no answer in time',
    )
  })
})

describe('mail whose content could not be judged', () => {
  it('is deferred where every mail must be scanned', () => {
    expect(demandsOfUnscanned({ scanners: [clam!, strictClam!] }).map(({ action }) => action)).toEqual([
      'defer',
    ])
    expect(demandsOfUnscanned({ scanners: [clam!] })).toEqual([])
    expect(demandsOfUnscanned({ scanners: [{ ...strictClam!, enabled: false }] })).toEqual([])
  })
})

describe('the configuration of scanners', () => {
  it.each([
    [{ type: 'clamd', name: 'a', address: 'nowhere' }, 'expected unix:/path or host:port'],
    [{ type: 'https', name: 'a', url: 'http://scan.example/' }, 'expected a URL that begins with https://'],
    [
      { type: 'https', name: 'a', url: 'https://scan.example/', ca: '/nowhere/ca.pem' },
      'cannot read /nowhere/ca.pem',
    ],
    [{ type: 'clamd', name: 'A B', address: 'a:1' }, 'expected a short name'],
    [{ type: 'other', name: 'a' }, 'Invalid'],
  ])('%j is one clear error', (one, message) => {
    const parsed = configSchema.safeParse({ scanners: [one] })
    expect(parsed.error?.issues).toHaveLength(1)
    expect(parsed.error?.issues[0]?.message).toContain(message)
  })
  it('does not take two of one name', () => {
    const one = { type: 'clamd', name: 'a', address: 'a:1' }
    expect(configSchema.safeParse({ scanners: [one, one] }).error?.issues[0]?.message).toContain(
      'different name',
    )
  })
})
