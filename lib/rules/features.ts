/** What `if`, `ifplugin` and `loadplugin` may ask: the version spoken, feature words, plugins. */
import { PLUGIN_PREFIX } from './plugins.ts'

/** The SpamAssassin release whose language is read: 4.0.1. */
export const SPOKEN_VERSION = 4.000001
/** Rules ask for it to choose between patterns; ours follow Perl 5.36. */
export const SPOKEN_PERL = 5.036

const CONF_FEATURES = [
  'feature_originating_ip_headers',
  'feature_dns_local_ports_permit_avoid',
  'feature_bayes_auto_learn_on_error',
  'feature_uri_host_listed',
  'feature_yesno_takes_args',
  'feature_bug6558_free',
  'feature_edns',
  'feature_dns_query_restriction',
  'feature_registryboundaries',
  'feature_geodb',
  'feature_dns_block_rule',
  'feature_compile_regexp',
  'feature_meta_rules_matching',
  'feature_subjprefix',
  'feature_bayes_stopwords',
  'feature_get_host',
  'feature_blocklist_welcomelist',
  'feature_welcomelist_blocklist',
  'feature_header_address_parser',
  'feature_local_tests_only',
  'feature_header_first_last',
  'feature_header_match_many',
  'feature_capture_rules',
  'has_tflags_nosubject',
  'has_tflags_nolog',
  'perl_min_version_5010000',
  // Only Hamlet has this one: lets a file hold lines for Hamlet alone.
  'feature_hamlet',
]

/** Feature words of the core. */
export const CORE_FEATURES: ReadonlySet<string> = new Set(
  CONF_FEATURES.map((word) => `Mail::SpamAssassin::Conf::${word}`),
)

/** Plugins whose work the engine or the house around it does, so that loading them is no error. */
export const ENGINE_PLUGINS: ReadonlySet<string> = new Set(
  [
    'Check',
    'ReplaceTags',
    'Shortcircuit',
    'Rule2XSBody',
    'OneLineBodyRuleType',
    'AutoLearnThreshold',
    'Bayes',
    'Reuse',
    'Test',
  ].map((name) => PLUGIN_PREFIX + name),
)

/** What a stock installation loads (its *.pre files); in force when no file has a loadplugin line of its own. */
export const STOCK_PLUGINS: readonly string[] = [
  'URIDNSBL',
  'SPF',
  'Rule2XSBody',
  'AutoLearnThreshold',
  'WelcomeListSubject',
  'MIMEHeader',
  'ReplaceTags',
  'DKIM',
  'Check',
  'HTTPSMismatch',
  'URIDetail',
  'Bayes',
  'BodyEval',
  'DNSEval',
  'HTMLEval',
  'HeaderEval',
  'MIMEEval',
  'RelayEval',
  'URIEval',
  'WLBLEval',
  'VBounce',
  'ImageInfo',
  'FreeMail',
  'AskDNS',
  'HashBL',
  'DMARC',
].map((name) => PLUGIN_PREFIX + name)

/** Plugins renamed over the years. */
export const RENAMED_PLUGINS: ReadonlyMap<string, string> = new Map([
  [`${PLUGIN_PREFIX}Dmarc`, `${PLUGIN_PREFIX}DMARC`],
  [`${PLUGIN_PREFIX}WhiteListSubject`, `${PLUGIN_PREFIX}WelcomeListSubject`],
])
