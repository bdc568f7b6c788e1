/** The installed SpamAssassin's rules, loaded as it loads them for local tests without Bayes. */
import { existsSync } from 'node:fs'
import { EVAL_PLUGINS } from '../../lib/rules/evals/index.ts'
import { loadRules } from '../../lib/rules/load.ts'
import type { RuleSet } from '../../lib/rules/ruleset.ts'
import { readIncluded, readRuleFiles } from '../../lib/scan/rule-files.ts'

const STOCK = '/usr/share/spamassassin'
const SITE = '/etc/spamassassin'

export const hasSpamAssassin = existsSync('/usr/share/perl5/Mail/SpamAssassin.pm') && existsSync(STOCK)

/** Site *.pre, stock *.cf, site *.cf: SpamAssassin's order. `folder` stands in for the site's. */
export function stockRules(folder = SITE): RuleSet {
  const site = readRuleFiles([folder]).sources
  const stock = readRuleFiles([STOCK]).sources.filter(
    ({ file }) => !/\/(?:local|regression_tests)\.cf$/.test(file),
  )
  const isPre = ({ file }: { readonly file: string }): boolean => file.endsWith('.pre')
  return loadRules([...site.filter(isPre), ...stock, ...site.filter((source) => !isPre(source))], {
    plugins: EVAL_PLUGINS,
    net: false,
    bayes: false,
    stockPlugins: false,
    include: readIncluded,
  })
}
