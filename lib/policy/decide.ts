/**
 * What was found -> what is done. Pure: the same findings give the same verdict. Which of several wishes is granted
 * stands in precedence.ts; this file adds the words and where mail goes.
 */
import type { Config } from '../config/schema.ts'
import type { ScanResult, Unavailable } from '../scan/job.ts'
import type { ScoredHit } from '../checks/check.ts'
import type { Demand } from '../checks/demand.ts'
import { precedence, type Wish } from './precedence.ts'
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
  {
    hits,
    unavailable,
    demands,
    classifier,
    unfinished,
  }: Pick<ScanResult, 'hits' | 'unavailable' | 'demands' | 'classifier' | 'unfinished'>,
  config: Config,
  reference: string,
): Verdict {
  const found = {
    ...report(hits, unavailable, config),
    ...(classifier === undefined ? {} : { classifier }),
    ...(unfinished === undefined ? {} : { unfinished }),
  }
  const byScore = scoreWish(found.score, config)
  const { action, demand } = precedence(demands, byScore.wish)
  const why = demand === null ? byScore.why : `${demand.hit} asks for ${demand.action}`
  return verdict(action, demand, { report: found, why }, config, reference)
}

/** From the strongest action down: the first threshold that is reached. */
const THRESHOLDS = ['reject', 'discard', 'quarantine', 'redirect', 'junk', 'tag'] as const

function scoreWish(score: number, { scores }: Config): { readonly wish: Wish; readonly why: string } {
  for (const wish of THRESHOLDS) {
    const threshold = scores[wish]
    if (threshold !== 'off' && score >= threshold)
      return { wish, why: `score ${formatScore(score)} reached ${wish} ${formatScore(threshold)}` }
  }
  return { wish: 'deliver', why: `score ${formatScore(score)}` }
}

function verdict(
  action: Wish,
  demand: Demand | null,
  said: { readonly report: Report; readonly why: string },
  config: Config,
  reference: string,
): Verdict {
  const to = demand?.address ?? config.actions.quarantine_address
  switch (action) {
    case 'reject':
      return {
        kind: 'reject',
        ...said,
        reply: { ...refusal(config, reference, demand?.text), ...demand?.codes },
      }
    case 'defer':
      return { kind: 'defer', ...said, reply: deferral(demand?.text ?? 'Please try again later', reference) }
    case 'quarantine':
      return config.actions.quarantine_to === 'address' && to !== ''
        ? { kind: 'redirect', ...said, to }
        : { kind: 'quarantine', ...said }
    case 'redirect':
      return to === '' ? { kind: 'quarantine', ...said } : { kind: 'redirect', ...said, to }
    case 'junk':
    case 'tag':
      return { kind: 'tag', ...said, junk: action === 'junk' }
    case 'discard':
    case 'deliver':
      return { kind: action, ...said }
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
