import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Action, Demand } from '../../lib/checks/demand.ts'
import { precedence, type Wish } from '../../lib/policy/precedence.ts'

const demand = (source: Demand['source'], action: Action, overridesAllow = false): Demand => ({
  source,
  action,
  hit: `${source} ${action}`,
  ...(overridesAllow ? { overridesAllow } : {}),
})
const allow = demand('allow-list', 'accept')
const block = demand('block-list', 'reject')
const ruleAccept = demand('rule', 'accept')
const ruleReject = demand('rule', 'reject')
const ruleTag = demand('rule', 'tag')
const malware = demand('scanner', 'reject', true)
const malwareHeld = demand('scanner', 'quarantine', true)
const malwareTamed = demand('scanner', 'reject')
const missing = demand('scanner', 'defer', true)
const strange = demand('attachment', 'quarantine')
const dmarc = demand('dmarc', 'reject')
const dmarcHeld = demand('dmarc', 'quarantine')

describe('precedence', () => {
  it.each<readonly [string, readonly Demand[], Wish, Wish, string | null]>([
    ['nothing asked, low score', [], 'deliver', 'deliver', null],
    ['nothing asked, high score', [], 'reject', 'reject', null],
    [
      'a final rule accepts, high score',
      [{ ...ruleAccept, final: true }],
      'reject',
      'deliver',
      'rule accept',
    ],
    ['a final rule tags, high score', [{ ...ruleTag, final: true }], 'reject', 'tag', 'rule tag'],
    [
      'a final rule tags, DMARC rejects',
      [{ ...ruleTag, final: true }, dmarc],
      'deliver',
      'reject',
      'dmarc reject',
    ],
    [
      'a final rule accepts a blocked sender',
      [{ ...ruleAccept, final: true }, block],
      'deliver',
      'reject',
      'block-list reject',
    ],
    [
      'a final rule rejects an allowed sender',
      [{ ...ruleReject, final: true }, allow],
      'deliver',
      'deliver',
      'allow-list accept',
    ],
    ['an allowed sender, high score', [allow], 'reject', 'deliver', 'allow-list accept'],
    ['an allowed sender, a rule rejects', [allow, ruleReject], 'reject', 'deliver', 'allow-list accept'],
    ['an allowed sender, DMARC fails', [dmarc, allow], 'deliver', 'deliver', 'allow-list accept'],
    ['an allowed sender, malware', [allow, malware], 'deliver', 'reject', 'scanner reject'],
    [
      'an allowed sender, malware goes to quarantine',
      [allow, malwareHeld],
      'reject',
      'quarantine',
      'scanner quarantine',
    ],
    [
      'an allowed sender, malware with the override off',
      [allow, malwareTamed],
      'tag',
      'deliver',
      'allow-list accept',
    ],
    ['an allowed sender, a scanner that must answer', [allow, missing], 'deliver', 'defer', 'scanner defer'],
    [
      'malware found and another scanner missing',
      [missing, malwareHeld],
      'deliver',
      'defer',
      'scanner defer',
    ],
    [
      'malware refused and another scanner missing',
      [missing, malware],
      'deliver',
      'reject',
      'scanner reject',
    ],
    ['a blocked sender', [block], 'deliver', 'reject', 'block-list reject'],
    ['a blocked sender, a rule accepts', [ruleAccept, block], 'deliver', 'reject', 'block-list reject'],
    ['a rule accepts, high score', [ruleAccept], 'reject', 'deliver', 'rule accept'],
    ['a rule accepts, another rejects', [ruleReject, ruleAccept], 'tag', 'deliver', 'rule accept'],
    ['a rule accepts, malware', [ruleAccept, malware], 'deliver', 'reject', 'scanner reject'],
    ['a rule tags, the score rejects', [ruleTag], 'reject', 'reject', null],
    ['a rule tags, low score', [ruleTag], 'deliver', 'tag', 'rule tag'],
    ['an attachment is held, the score tags', [strange], 'tag', 'quarantine', 'attachment quarantine'],
    ['an attachment is held, the score rejects', [strange], 'reject', 'reject', null],
    ['DMARC rejects, an attachment is held', [strange, dmarc], 'deliver', 'reject', 'dmarc reject'],
    ['DMARC and the score agree', [dmarcHeld], 'quarantine', 'quarantine', 'dmarc quarantine'],
    ['two that are equal', [demand('dmarc', 'reject'), ruleReject], 'deliver', 'reject', 'dmarc reject'],
    ['a missing scanner, high score', [missing], 'reject', 'reject', null],
    ['a missing scanner, the score holds', [missing], 'quarantine', 'defer', 'scanner defer'],
  ])('%s', (_what, demands, byScore, action, by) => {
    const decision = precedence(demands, byScore)
    expect([decision.action, decision.demand?.hit ?? null]).toEqual([action, by])
  })

  const anyDemand = fc
    .tuple(
      fc.constantFrom<Demand['source']>(
        'allow-list',
        'block-list',
        'dmarc',
        'attachment',
        'scanner',
        'rule',
        'limit',
      ),
      fc.constantFrom<Action>(
        'accept',
        'tag',
        'junk',
        'quarantine',
        'redirect',
        'defer',
        'reject',
        'discard',
      ),
      fc.boolean(),
    )
    .map(([source, action, overrides]) => demand(source, action, overrides))
  const anyWish = fc.constantFrom<Wish>('reject', 'quarantine', 'tag', 'deliver')

  it('never does less than a demand that overrides allow lists asks for', () => {
    fc.assert(
      fc.property(fc.array(anyDemand, { maxLength: 6 }), anyWish, (demands, byScore) => {
        const decision = precedence([...demands, malware], byScore)
        expect(decision.action).toBe('reject')
      }),
    )
  })

  it('does not depend on the order of demands, but for which of equals is named', () => {
    fc.assert(
      fc.property(fc.array(anyDemand, { maxLength: 6 }), anyWish, (demands, byScore) => {
        expect(precedence(demands.toReversed(), byScore).action).toBe(precedence(demands, byScore).action)
      }),
    )
  })
})
