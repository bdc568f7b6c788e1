/** Plugins that Hamlet will not have: why, and which directives are theirs. */
import { PLUGIN_PREFIX } from './plugins.ts'

interface Absent {
  readonly reason: string
  /** Directives, or beginnings of such with a * at the end. */
  readonly directives: readonly string[]
}

function absent(reason: string, directives: string): Absent {
  return { reason, directives: directives.split(' ').filter((word) => word !== '') }
}

const PRIVATE = 'it asks a private network of servers'
const SENDERS = 'Hamlet has its own memory of senders'

const ABSENT: Readonly<Record<string, Absent>> = {
  Razor2: absent(`Razor is not supported: ${PRIVATE}`, 'use_razor2 razor_*'),
  Pyzor: absent(`Pyzor is not supported: ${PRIVATE}`, 'use_pyzor pyzor_*'),
  DCC: absent(`DCC is not supported: ${PRIVATE}`, 'use_dcc use_dcc_rep dcc_* dccifd_*'),
  SpamCop: absent('reporting to SpamCop is not supported', 'spamcop_*'),
  AWL: absent(`AWL is not supported: ${SENDERS}`, 'user_awl_* auto_welcomelist_* auto_whitelist_*'),
  TxRep: absent(
    `TxRep is not supported: ${SENDERS}`,
    'txrep_* user_awl_* auto_welcomelist_* auto_whitelist_*',
  ),
  AccessDB: absent('access databases are not read', ''),
  RelayCountry: absent('no country database is used', ''),
  URILocalBL: absent('no country database is used', 'uri_block_*'),
  ASN: absent('AS numbers are not looked up', 'asn_* clear_asn_lookups'),
  ExtractText: absent('outside programs are not called', 'extracttext_*'),
  TextCat: absent('languages are not guessed', 'inactive_languages textcat_*'),
  DecodeShortURLs: absent(
    'short URLs are not followed',
    'url_shortener* clear_url_shortener max_short_urls max_short_url_redirections',
  ),
  Phishing: absent('phishing feeds are not read from disk', 'phishing_*'),
  PhishTag: absent('mails are not rewritten', 'trigger_target trigger_config trigger_ratio'),
  ResourceLimits: absent('limits are set by the service manager', 'resource_limit_*'),
}

/** By full name, the reason. */
export const UNSUPPORTED_PLUGINS: ReadonlyMap<string, string> = new Map(
  Object.entries(ABSENT).map(([name, { reason }]) => [PLUGIN_PREFIX + name, reason]),
)

/** Those of them that a stock installation loads. */
export const STOCK_UNSUPPORTED: readonly string[] = ['Razor2', 'Pyzor', 'SpamCop'].map(
  (name) => PLUGIN_PREFIX + name,
)

/** Full names of the absent plugins that have such a directive. */
export function absentOwners(directive: string): readonly string[] {
  const owns = (pattern: string): boolean =>
    pattern.endsWith('*') ? directive.startsWith(pattern.slice(0, -1)) : directive === pattern
  return Object.entries(ABSENT)
    .filter(([, { directives }]) => directives.some(owns))
    .map(([name]) => PLUGIN_PREFIX + name)
}
