/**
 * What the limits on a message left out (`milter.header_count`, `header_limit`, `body_limit`), as a result of its own:
 * found on the thread that talks to the MTA, so that nothing inside the mail can make it disappear.
 */
import type { Config } from '../config/schema.ts'
import type { LeftOut } from '../milter/handler.ts'
import type { CheckResult, Hit } from './check.ts'
import type { Demand } from './demand.ts'

const NAME = 'left_out'

/** The results with one about what was left out; the same ones when nothing was. */
export function withLeftOut(
  results: ReadonlyMap<string, CheckResult>,
  leftOut: LeftOut | undefined,
  config: Config,
): ReadonlyMap<string, CheckResult> {
  const result = leftOut === undefined ? null : judge(leftOut, config.milter.header_overflow)
  return result === null ? results : new Map([...results, [NAME, result]])
}

export function judge(
  { headers, keptHeaders, bodyOctets }: LeftOut,
  overflow: Config['milter']['header_overflow'],
): CheckResult | null {
  const hits: Hit[] = []
  if (headers > 0) hits.push({ name: 'HEADERS_LEFT_OUT', detail: `${headers} headers over the limit` })
  if (bodyOctets > 0) hits.push({ name: 'BODY_LEFT_OUT', detail: `${bodyOctets} octets over the limit` })
  if (hits.length === 0) return null
  const refused = keptHeaders > 0 || (headers > 0 && overflow === 'reject')
  const demand: Demand = {
    action: 'reject',
    source: 'limit',
    hit: 'HEADERS_LEFT_OUT',
    text: 'Too many headers',
    codes: { code: 552, enhanced: '5.3.4' },
    // forged verdicts may be among what was not kept, and could not be taken out of the mail
    ...(keptHeaders > 0 ? { overridesAllow: true } : {}),
  }
  return { kind: 'hits', hits, ...(refused ? { demands: [demand] } : {}) }
}
