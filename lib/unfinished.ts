/**
 * What counts of a mail that could not be judged as a whole: what SMTP time found, what its layers had found, the lists
 * of senders, which need its header only; and what the administrator wants done with such mail.
 */
import type { CheckResult } from './checks/check.ts'
import type { Demand } from './checks/demand.ts'
import { authFacts } from './checks/facts.ts'
import { demandsOf, scoredHits, unavailableOf } from './checks/findings.ts'
import { demandsOfUnscanned } from './checks/scanners.ts'
import { listedSender } from './checks/sender-lists.ts'
import type { Config } from './config/schema.ts'
import type { Engine } from './engine.ts'
import { messageOf } from './fault.ts'
import type { Arrival } from './judge.ts'
import type { ScanOutcome, ScanResult, Unfinished } from './scan/job.ts'

/** The hit that says so; its points stand in the rule files. */
const HIT = 'SCAN_UNFINISHED'
const NO_TIMES = Object.freeze({})

/** The result of a scan, whole or not. */
export function contentOf(
  engine: Engine,
  arrival: Arrival,
  earlier: ReadonlyMap<string, CheckResult>,
  outcome: ScanOutcome,
): ScanResult {
  switch (outcome.kind) {
    case 'judged':
      return outcome.unfinished === undefined
        ? outcome.result
        : marked(engine, outcome.result, outcome.unfinished)
    case 'incomplete': {
      const found = gathered(engine, arrival, new Map([...earlier, ...outcome.results]), outcome.rules)
      return marked(engine, found, outcome.unfinished)
    }
    case 'busy':
      return marked(engine, gathered(engine, arrival, earlier, []), {
        layers: ['reading'],
        reason: outcome.reason,
      })
  }
}

/** From the results of checks and the names of rules that hit to what a scan would have said of them. */
function gathered(
  engine: Engine,
  arrival: Arrival,
  known: ReadonlyMap<string, CheckResult>,
  rules: readonly string[],
): ScanResult {
  const results = new Map([...known, ['sender_lists', senderListsOf(engine, arrival, known)] as const])
  const { scores } = engine.scanner
  const ruleHits = rules.flatMap((name) => {
    const score = scores.get(name)
    return score === undefined || name.startsWith('__') ? [] : [{ name, score }]
  })
  return {
    hits: [...scoredHits(results, scores), ...ruleHits],
    unavailable: unavailableOf(results),
    demands: [
      ...[...results.values()].flatMap(demandsOf),
      ...(known.has('scanners') ? [] : demandsOfUnscanned(engine.config)),
    ],
    edits: [],
    results,
    auth: authFacts(results, arrival.user),
    descriptions: new Map(),
    times: NO_TIMES,
  }
}

function senderListsOf(
  { config, store, now }: Engine,
  arrival: Arrival,
  results: ReadonlyMap<string, CheckResult>,
): CheckResult {
  const known = results.get('sender_lists')
  if (known !== undefined) return known
  try {
    return listedSender(arrival, { config, store, now, results })
  } catch (error) {
    return { kind: 'unavailable', reason: messageOf(error) }
  }
}

/** Says what is missing, and asks for what the configuration wants done then. */
function marked({ config, scanner }: Engine, found: ScanResult, { layers, reason }: Unfinished): ScanResult {
  const { unfinished } = config.judge
  const hit = {
    name: HIT,
    score: unfinished === 'score' ? (scanner.scores.get(HIT) ?? 0) : 0,
    detail: reason,
  }
  const demand = demandFor(unfinished)
  return {
    ...found,
    unfinished: layers,
    hits: [...found.hits, hit],
    unavailable: [...found.unavailable, { check: 'content', reason }],
    demands: demand === null ? found.demands : [...found.demands, demand],
  }
}

function demandFor(wish: Config['judge']['unfinished']): Demand | null {
  if (wish === 'score' || wish === 'deliver') return null
  const text = 'The mail cannot be judged at the moment, please try again later'
  return { action: wish, source: 'unfinished', hit: HIT, ...(wish === 'defer' ? { text } : {}) }
}
