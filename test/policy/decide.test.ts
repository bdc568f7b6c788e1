import { describe, expect, it } from '@jest/globals'
import type { Demand } from '../../lib/checks/demand.ts'
import { configSchema } from '../../lib/config/schema.ts'
import { decide } from '../../lib/policy/decide.ts'

const SCORES = { tag: 5, junk: 7, redirect: 8, quarantine: 10, discard: 12, reject: 15 }
const decideAt = (score: number, demands: readonly Demand[] = [], actions = {}) =>
  decide(
    { hits: [{ name: 'T', score }], unavailable: [], demands },
    configSchema.parse({ scores: SCORES, actions }),
    'ref1',
  )

describe('decide by score', () => {
  it.each([
    [4.9, 'deliver'],
    [5, 'tag'],
    [7, 'tag'],
    [8, 'quarantine'],
    [10, 'quarantine'],
    [12, 'discard'],
    [15, 'reject'],
    [30, 'reject'],
  ])('%d -> %s', (score, kind) => expect(decideAt(score).kind).toBe(kind))

  it('tells junk from tag', () => {
    expect(decideAt(5)).toMatchObject({ kind: 'tag', junk: false })
    expect(decideAt(7)).toMatchObject({ kind: 'tag', junk: true, why: 'score 7.0 reached junk 7.0' })
  })

  it('redirects where there is a mailbox for it', () => {
    const actions = { quarantine_address: 'q@home.example' }
    expect(decideAt(8, [], actions)).toMatchObject({ kind: 'redirect', to: 'q@home.example' })
    expect(decideAt(10, [], actions).kind).toBe('quarantine')
    expect(decideAt(10, [], { ...actions, quarantine_to: 'address' })).toMatchObject({ kind: 'redirect' })
  })
})

describe('decide by demand', () => {
  it('says who asked, in words for the journal and for the client', () => {
    const demand: Demand = {
      action: 'reject',
      source: 'dmarc',
      hit: 'DMARC_FAIL_REJECT',
      text: 'Not from there',
    }
    expect(decideAt(0, [demand])).toMatchObject({
      kind: 'reject',
      why: 'DMARC_FAIL_REJECT asks for reject',
      reply: { code: 550, enhanced: '5.7.1', text: 'Not from there (ref ref1)' },
    })
  })
  it('defers with 451', () => {
    const demand: Demand = { action: 'defer', source: 'scanner', hit: 'SCANNER_MISSING', text: 'Later' }
    expect(decideAt(0, [demand])).toMatchObject({ kind: 'defer', reply: { code: 451, enhanced: '4.7.1' } })
  })
})
