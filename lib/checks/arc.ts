/** What the ARC chain says; verified by the check `dkim`. */
import type { ArcFacts } from '../auth/facts.ts'
import type { Check, CheckResult } from './check.ts'
import { factsOf } from './facts.ts'
import { weigh } from './weigh.ts'

export const arc: Check<'message'> = {
  name: 'arc',
  stage: 'message',
  after: ['dkim'],
  enabled: ({ authentication }) => authentication.arc !== 'off',
  async run(_input, { config, results }) {
    const facts = factsOf(results).arc
    if (facts === undefined) return { kind: 'unavailable', reason: 'the DKIM check did not finish' }
    const judged = judge(facts)
    return judged.kind === 'hits'
      ? { ...judged, hits: weigh(config.authentication.arc, judged.hits) }
      : judged
  },
}

export function judge(facts: ArcFacts): CheckResult {
  const detail = `${facts.instance} set${facts.instance === 1 ? '' : 's'}${facts.sealers.length > 0 ? ` by ${facts.sealers.slice(0, 5).join(', ')}` : ''}`
  switch (facts.result) {
    case 'pass':
      return { kind: 'hits', hits: [{ name: facts.trusted ? 'ARC_TRUSTED' : 'ARC_PASS', detail }] }
    case 'fail':
    case 'permerror':
      return { kind: 'hits', hits: [{ name: 'ARC_BROKEN', detail: facts.comment ?? detail }] }
    case 'temperror':
      return { kind: 'unavailable', reason: facts.comment ?? 'a key was not found out' }
    case 'none':
      return { kind: 'hits', hits: [] }
  }
}
