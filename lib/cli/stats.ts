/** `hamlet stats`: what the classifier has learned, from whom, and what it still needs. */
import { existsSync } from 'node:fs'
import { autolearnState, trainingState } from '../bayes/state.ts'
import { brakeReason } from '../bayes/autolearn.ts'
import { confidenceOf, missing } from '../bayes/classify.ts'
import type { Config } from '../config/schema.ts'
import { bayesPlace } from '../store/bayes-place.ts'
import type { BayesOverview, BayesStore } from '../store/bayes-store.ts'
import { loadConfig } from './config-file.ts'
import { checkedDomain, DOMAIN_OPTION, withBayesStore } from './learn/store.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from './options.ts'
import { CommandError, EXIT, UsageError, type Terminal, type Verb } from './verb.ts'

const DAY = 86_400_000

const OPTIONS = {
  config: CONFIG_OPTION,
  domain: DOMAIN_OPTION,
  days: { value: 'N', default: '7', help: 'days shown one by one (default 7)' },
  json: { help: 'everything as one JSON object' },
} satisfies OptionTable

export const verb: Verb = {
  name: 'stats',
  usage: ['[OPTION…]'],
  about: `Shows how much spam and ham the classifier has learned and what it still needs, its lessons by source and by day,
what people had to correct of what it learned by itself, and how large its database is.`,
  options: OPTIONS,
  exits: {
    0: 'shown',
    1: 'nothing learned yet',
    75: 'the database is busy or unusable: try later',
  },

  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, OPTIONS)
    if (positionals.length > 0) throw new UsageError(`unexpected argument ${positionals[0]}`)
    const days = Number(values.days)
    if (!Number.isInteger(days) || days < 1 || days > 3660)
      throw new UsageError('--days: expected a number from 1 to 3660')
    const { config } = loadConfig(values.config)
    // made by the filter alone: a database that belongs to root would lock it out
    const place = bayesPlace(config.state, checkedDomain(values.domain, config.bayes.domains))
    if (!existsSync(place)) throw new CommandError(`nothing was learned in ${place} yet`, EXIT.negative)
    return withBayesStore(values, (store) => {
      show(store, config, Date.now() - days * DAY, values.json === true, terminal)
      return EXIT.ok
    })
  },
}

function show(store: BayesStore, config: Config, since: number, json: boolean, terminal: Terminal): void {
  const totals = store.totals()
  const record = store.autolearnRecord()
  const overview = store.overview(since)
  const { autolearn, enabled } = config.bayes
  if (json) {
    const stopped = brakeReason(record, autolearn.brake)
    terminal.out(
      JSON.stringify({
        enabled,
        learned: totals,
        needs: missing(totals),
        confidence: confidenceOf(totals),
        autolearn: { enabled: autolearn.enabled, ...record, stopped },
        ...overview,
      }),
    )
    return
  }
  terminal.out(`classifier  ${enabled ? trainingState(totals) : `off; ${trainingState(totals)}`}`)
  terminal.out(`autolearn   ${autolearnState(autolearn, record)}`)
  terminal.out(
    `database    ${megabytes(overview.octets - overview.free)} used, file ${megabytes(overview.octets)} of at most ${megabytes(overview.limit)}; ${overview.words} words`,
  )
  terminal.out('lessons by source')
  for (const { source, as, lessons, takenBack } of overview.bySource)
    terminal.out(line(source, as, lessons) + (takenBack > 0 ? `, ${takenBack} taken back` : ''))
  terminal.out('lessons by day')
  for (const { day, source, as, lessons } of overview.byDay)
    terminal.out(`  ${day}${line(source, as, lessons)}`)
}

/** A source is whatever the command was told. */
function line(source: string, as: BayesOverview['bySource'][number]['as'], lessons: number): string {
  const safe = source.replace(/[^\x20-\x7e]/g, '?')
  return `  ${safe.padEnd(8)}  ${String(lessons).padStart(6)} ${as === 'none' ? 'forgotten' : as}`
}

const megabytes = (octets: number): string => `${(octets / 1024 ** 2).toFixed(1)} MB`
