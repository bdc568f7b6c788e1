/**
 * What a verified ARC chain is worth (RFC 8617 section 5.2 leaves that to the receiver). A seal proves who wrote it,
 * not that it is true: anyone can seal. So the chain is followed from the newest seal back as long as its sealers are
 * trusted ones, and what the last of these said of the mail on its arrival is taken for what it was.
 */
import type { ArcFacts } from './facts.ts'
import { isSubdomain } from './domains.ts'

/** One ARC set as mailauth parses it. Everything inside came with the mail: look before you touch. */
interface ChainEntry {
  readonly 'arc-seal'?: unknown
  readonly 'arc-authentication-results'?: unknown
}

export function sealedFacts(
  chain: readonly ChainEntry[],
  trustedSealers: readonly string[],
): Pick<ArcFacts, 'sealers' | 'trusted' | 'sealed'> {
  const sealers = chain.map((entry) =>
    text(dig(entry['arc-seal'], 'parsed', 'd', 'value'))
      .toLowerCase()
      .slice(0, 253),
  )
  const isTrusted = (sealer: string) => trustedSealers.some((trusted) => isSubdomain(sealer, trusted))
  let oldest = chain.length
  while (oldest > 0 && isTrusted(sealers[oldest - 1] ?? '')) oldest--
  const trusted = oldest < chain.length
  return { sealers, trusted, sealed: trusted ? statement(chain[oldest]) : null }
}

function statement(entry: ChainEntry | undefined): ArcFacts['sealed'] {
  const said = dig(entry?.['arc-authentication-results'], 'parsed')
  return {
    spf: resultOf(dig(said, 'spf')),
    dkim: resultOf(dig(said, 'dkim')),
    dmarc: resultOf(dig(said, 'dmarc')),
    from: text(dig(said, 'dmarc', 'header', 'from'))
      .toLowerCase()
      .slice(0, 253),
  }
}

/** mailauth calls the word after `method=` value. DKIM may have several: one pass is enough. */
function resultOf(method: unknown): string {
  const all: readonly unknown[] = Array.isArray(method) ? method.slice(0, 50) : [method]
  const words = all.map((one) => text(dig(one, 'value')).toLowerCase())
  return words.includes('pass') ? 'pass' : (words[0] ?? '').slice(0, 20)
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

function dig(value: unknown, ...path: readonly string[]): unknown {
  let current = value
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined
    current = Object.entries(current).find(([name]) => name === key)?.[1]
  }
  return current
}
