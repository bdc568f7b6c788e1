/**
 * What was found -> what is done. Pure: the same findings give the same verdict. Precedence, strongest first: an
 * action that a check or rule asks for, then the thresholds reject, quarantine, tag.
 */
import type { Config } from '../config/schema.ts'
import type { ScanResult, Unavailable } from '../scan/job.ts'
import type { ScoredHit } from '../checks/check.ts'
import type { Demand } from '../checks/demand.ts'
import { formatScore, sumScores } from './score.ts'
import type { Report, Verdict } from './verdict.ts'

export function report(
  hits: readonly ScoredHit[],
  unavailable: readonly Unavailable[],
  config: Config,
): Report {
  const { tag } = config.scores
  return { score: sumScores(hits), required: tag === 'off' ? null : tag, hits, unavailable }
}

/** `reference` is what the sender's bounce says and the journal is searched for. */
export function decide(
  { hits, unavailable, demands }: Pick<ScanResult, 'hits' | 'unavailable' | 'demands'>,
  config: Config,
  reference: string,
): Verdict {
  const found = report(hits, unavailable, config)
  const forced = demands[0]
  return forced === undefined ? byScore(found, config, reference) : byDemand(forced, found, config, reference)
}

function byScore(found: Report, config: Config, reference: string): Verdict {
  const { tag, quarantine, reject } = config.scores
  const reached = (threshold: number | 'off'): boolean => threshold !== 'off' && found.score >= threshold
  const why = (name: string, threshold: number | 'off'): string =>
    `score ${formatScore(found.score)} reached ${name} ${threshold === 'off' ? '' : formatScore(threshold)}`
  if (reached(reject))
    return { kind: 'reject', report: found, why: why('reject', reject), reply: refusal(config, reference) }
  if (reached(quarantine)) return { kind: 'quarantine', report: found, why: why('quarantine', quarantine) }
  if (reached(tag)) return { kind: 'tag', report: found, why: why('tag', tag) }
  return { kind: 'deliver', report: found, why: `score ${formatScore(found.score)}` }
}

function byDemand(
  { hit, action, text, address }: Demand,
  found: Report,
  config: Config,
  reference: string,
): Verdict {
  const why = `${hit} asks for ${action}`
  switch (action) {
    case 'reject':
      return { kind: 'reject', report: found, why, reply: refusal(config, reference, text) }
    case 'defer':
      return {
        kind: 'defer',
        report: found,
        why,
        reply: deferral(text ?? 'Please try again later', reference),
      }
    case 'redirect':
      return address === undefined
        ? { kind: 'quarantine', report: found, why }
        : { kind: 'redirect', report: found, why, to: address }
    case 'accept':
      return { kind: 'deliver', report: found, why }
    case 'junk':
      return { kind: 'tag', report: found, why }
    case 'tag':
    case 'quarantine':
    case 'discard':
      return { kind: action, report: found, why }
  }
}

function refusal(config: Config, reference: string, text: string = config.answer.reject_text) {
  return { code: 550, enhanced: '5.7.1', text: `${text || config.answer.reject_text} (ref ${reference})` }
}

/** The answer to mail that could not be taken now, by our own fault: the MTA of the sender comes again. */
export const deferral = (reason: string, reference: string) => ({
  code: 451,
  enhanced: '4.7.1',
  text: `${reason} (ref ${reference})`,
})
