/**
 * Where registered domains begin, as the util_rb_tld, util_rb_2tld and util_rb_3tld lines of a rule set say; without
 * such lines, as the public suffix list says.
 */
import { type Domains, PUBLIC_SUFFIXES, makeDomains } from '../mail/domain.ts'
import type { Settings } from './settings.ts'

/** A name begins and ends here: so that the pattern of top level domains does not match in the middle of one. */
const START = '(?<![a-zA-Z0-9-])'
const END = '(?!(?:[a-zA-Z0-9-]|\\.[a-zA-Z0-9]))'

/** Domain boundaries for a rule set. */
export function domainsOf(settings: Settings): Domains {
  const { topLevelDomains, secondLevelDomains, thirdLevelDomains } = settings
  if (topLevelDomains.length === 0) return makeDomains(PUBLIC_SUFFIXES)
  const tops = new Set(topLevelDomains)
  const seconds = new Set(secondLevelDomains)
  const thirds = new Set(thirdLevelDomains)
  const names = [...tops].map((top) => top.replace(/[^a-z0-9-]/g, ''))
  return makeDomains({
    isTld: (label) => tops.has(label),
    isSecondLevel: (name) => seconds.has(name),
    isThirdLevel: (name) => thirds.has(name),
    tldPattern: `${START}(?:${names.join('|')})${END}`,
  })
}
