/** Directives of SpamAssassin that Hamlet reads without effect, and why: lint names the lines. */

/** Directives that are read, and whose place is the configuration: what they say, unless it is `silent`, is named by lint. */
export const ELSEWHERE: Readonly<Record<string, { readonly reason: string; readonly silent?: RegExp }>> = {
  required_score: { reason: 'the configuration has the thresholds (section scores)' },
  report_safe: { reason: 'Hamlet never wraps a message into a report', silent: /^0$/ },
  ok_languages: { reason: 'languages are not guessed', silent: /^all$/ },
  always_trust_envelope_sender: { reason: 'the envelope sender is that of the SMTP session' },
  bayes_auto_learn: { reason: 'the configuration says what is learned (section bayes)' },
  bayes_auto_learn_threshold_nonspam: { reason: 'the configuration says what is learned (section bayes)' },
  bayes_auto_learn_threshold_spam: { reason: 'the configuration says what is learned (section bayes)' },
  bayes_ignore_from: { reason: 'Hamlet has its own classifier' },
  bayes_ignore_to: { reason: 'Hamlet has its own classifier' },
  time_limit: { reason: 'the configuration has the limits (section scan)' },
  report_contact: { reason: 'Hamlet never wraps a message into a report' },
  report_hostname: { reason: 'Hamlet never wraps a message into a report' },
  report_charset: { reason: 'Hamlet never wraps a message into a report' },
  fold_headers: { reason: 'headers are always folded', silent: /^(?:1|yes)$/i },
  version_tag: { reason: 'Hamlet does not name the version of rules' },
}

/** Directives of SpamAssassin's machinery that Hamlet does otherwise; the text says where. */
function replaced(reason: string, keys: string): Record<string, string> {
  return Object.fromEntries(keys.split(' ').map((key) => [key, reason]))
}
export const NO_EFFECT: Readonly<Record<string, string>> = {
  ...replaced(
    'Hamlet has its own classifier',
    'use_learner bayes_path bayes_file_mode bayes_store_module bayes_sql_dsn bayes_sql_username bayes_sql_password ' +
      'bayes_sql_username_authorized bayes_sql_override_username bayes_token_sources bayes_min_ham_num ' +
      'bayes_min_spam_num bayes_learn_during_report bayes_use_hapaxes bayes_journal_max_size ' +
      'bayes_expiry_max_db_size bayes_auto_expire bayes_token_ttl bayes_seen_ttl bayes_learn_to_journal ' +
      'bayes_auto_learn_on_error bayes_use_chi2_combining bayes_stopword_languages bayes_max_token_length',
  ),
  ...replaced(
    'Hamlet has its own DNS client',
    'dns_available dns_server clear_dns_servers dns_local_ports_permit dns_local_ports_avoid dns_local_ports_none ' +
      'dns_test_interval dns_options dns_block_rule dns_block_time rbl_timeout uridnsbl_timeout',
  ),
  ...replaced(
    'per-user settings and databases are not read',
    'allow_user_rules user_scores_dsn user_scores_sql_username user_scores_sql_password ' +
      'user_scores_sql_custom_query user_scores_ldap_username user_scores_ldap_password ' +
      'user_scores_fallback_to_global lock_method',
  ),
  ...replaced(
    'Hamlet never wraps a message into a report',
    'report_safe_copy_headers report_wrap_width unsafe_report clear_unsafe_report_template',
  ),
  ...replaced(
    'no country database is used',
    'geodb_module country_db_type geodb_options geodb_search_path country_db_path uri_country_db_path uri_country_db_isp_path',
  ),
  ...replaced(
    'Hamlet has its own memory of senders',
    'use_auto_welcomelist use_auto_whitelist auto_welcomelist_path auto_whitelist_path auto_welcomelist_factor ' +
      'auto_whitelist_factor auto_welcomelist_file_mode auto_whitelist_file_mode use_txrep txrep_factor',
  ),
  ...replaced('mail arrives one at a time', 'mbox_format_from_regex'),
  ...replaced('files are read where they are', 'ignore_always_matching_regexps'),
}
