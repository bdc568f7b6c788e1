/**
 * The forms in which mail servers write `Received: from ...`, in the order in which they are tried. The forms are
 * facts about those servers; their order decides how ambiguous lines are read and follows SpamAssassin's, so that
 * rules on X-Spam-Relays-* find the same words. A comment names the server where the pattern does not.
 */
import { IP_ADDRESS as IP, LOCALHOST } from './ip-text.ts'
import { octetPattern } from './space.ts'

/**
 * Meaning of a group. `name` is both rdns and helo; `options` holds `helo=` and `ident=` words; `user` is an ident that
 * ends in `@`, `userName` an rdns that may begin with one; `-` is not kept.
 */
export type Field = 'ip' | 'helo' | 'rdns' | 'by' | 'ident' | 'name' | 'options' | 'user' | 'userName' | '-'

export interface Format {
  readonly pattern: RegExp
  /** What the groups are; undefined: a line to be passed over, no relay. */
  readonly take: readonly Field[] | undefined
  /** The server looks up the client's name: where it gives none, there is none. */
  readonly looksUp: boolean
  readonly when: RegExp | undefined
  readonly unless: RegExp | undefined
}

interface Options {
  readonly looksUp?: boolean
  readonly when?: RegExp
  readonly unless?: RegExp
}

function form(take: string, pattern: string, { looksUp = false, when, unless }: Options = {}): Format {
  return { pattern: octetPattern(pattern), take: take.split(' ') as Field[], looksUp, when, unless }
}

function passOver(pattern: string): Format {
  return {
    pattern: octetPattern(pattern),
    take: undefined,
    looksUp: false,
    when: undefined,
    unless: undefined,
  }
}

const dns: Options = { looksUp: true }
const HELO = '(?:HELO|EHLO)'

/** Web mail, before everything else. */
export const WEB_MAIL: readonly Format[] = [
  form('ip by', `(${IP})\\b(?![.-]).{10,80}by (\\S+) with HTTP`, {
    when: / \((?:SquirrelMail|NaSMail) authenticated user /,
  }),
  form('ip by', `(${IP}) by (\\S+) \\(${IP}\\) with HTTP \\(WebMailUI\\)`, {
    when: /^(?=.*aol\.com).*with HTTP \(WebMailUI\)/,
  }),
]

/** Servers that name themselves; only the forms of the first one named are tried, then the general ones. */
export const SERVERS: readonly { readonly sign: RegExp; readonly formats: readonly Format[] }[] = [
  {
    sign: / SMTPSVC/,
    formats: [
      form('helo ip by', `^(\\S*) \\(\\[(${IP})\\][^)]{0,40}\\) by (\\S+) with Microsoft SMTPSVC`),
      passOver('^mail pickup service by (\\S+) with Microsoft SMTPSVC$'),
    ],
  },
  {
    sign: / with (?:Microsoft SMTP Server|mapi id) (?:\([^)]+\) )?\d+\.\d+\.\d+\.\d+(?:$| )/,
    formats: [form('helo ip by', `^(\\S+) \\(\\[?(${IP})(?:%[A-Z0-9._~-]*)?\\]?\\) by (\\S+) `)],
  },
  {
    sign: /\[XMail /,
    formats: [
      form('helo ip by', `^(\\S+) \\((\\[?${IP}\\]?)(?::\\d+)\\) by (\\S+)(?: \\(\\S+\\))? with \\[XMail`),
    ],
  },
  {
    sign: /\(ecelerity\b/,
    formats: [
      form('ip helo by', `^\\(\\[(${IP}):\\d+\\] helo=(\\S+)\\) by (\\S+) `),
      form('ip by', `^\\S+ \\(\\[(${IP}):\\d+\\]\\) by (\\S+) `),
    ],
  },
  {
    sign: /Exim/,
    formats: [
      passOver('\\bwith local(?:-\\S+)? '),
      form('ip options by', `^\\[(${IP})\\] \\((.*?)\\) by (\\S+) `),
      form('name ip options by', `^(\\S+) \\(\\[(${IP})\\](.*?)\\) by (\\S+) `),
      form('name ip by', `^(\\S+) \\[(${IP})\\](?::\\d+)? by (\\S+) `),
    ],
  },
  {
    sign: / \(Postfix\) with/,
    formats: [form('helo rdns ip by', `^(\\S+) \\((\\S+?) ?\\[(${IP})\\]\\) by (\\S+) `, dns)],
  },
  {
    sign: /\(Scalix SMTP Relay/,
    formats: [form('helo ip by', `^(\\S+) \\( ?(${IP})\\) by (\\S+)`)],
  },
  {
    sign: / \(Lotus Domino /,
    formats: [form('helo ip by', `^(\\S+) \\(\\[(${IP})\\]\\) by (\\S+) \\(Lotus`)],
  },
]

/** qmail, once it is known to be qmail. */
export const QMAIL_SIGN = octetPattern(
  `^\\S+(?: \\(${HELO} \\S*\\))? \\((?:\\S+@)?\\[?${IP}\\]?\\)(?: \\(envelope-sender <\\S+>\\))? by \\S+` +
    `(?: \\(.+\\))? with (?:.* )?(?:SMTP|QMQP)(?! id )`,
)
const QMAIL_END = '(?: \\(envelope-sender <\\S+>\\))? by (\\S+)'
export const QMAIL: readonly Format[] = [
  form('rdns helo ident ip by', `^(\\S+) \\(${HELO} ([^ ()]*)\\) \\((\\S*)@\\[?(${IP})\\]?\\)${QMAIL_END}`),
  form('rdns helo ip by', `^(\\S+) \\(${HELO} ([^ ()]*)\\) \\(\\[?(${IP})\\]?\\)${QMAIL_END}`),
  // no HELO given means that it was the name found in the DNS
  form('name ident ip by', `^(\\S+) \\((\\S*)@\\[?(${IP})\\]?\\)${QMAIL_END}`),
  form('name ip by', `^(\\S+) \\(\\[?(${IP})\\]?\\)${QMAIL_END}`),
]

/** Before the question whether it is qmail. */
export const GENERAL_FIRST: readonly Format[] = [
  form('ip by', `^(${IP}) \\(\\[${IP}\\]\\) by (\\S+)`, { when: /\bwith HTTP\b/ }),
  // sendmail
  form('helo userName ip by', `^(\\S+) \\((\\S+) \\[(${IP})\\].*\\) by (\\S+) \\(`, {
    looksUp: true,
    unless: / by \S+ \(qmail-\S+\) with /,
  }),
  form('helo rdns ip by', `^(\\S+) \\((\\S+) \\[(${IP})\\]\\) by (\\S+) with \\S+ \\(`, dns),
  // Exim without its name
  form('rdns ip helo by', `^(\\S+) \\(\\[(${IP})\\] helo=(\\S+)\\) by (\\S+) with `),
  form('helo ip by', `^(\\S+) \\(<unknown\\S*>\\[(${IP})\\]\\) by (\\S+) `),
  // Postfix under another name
  form('helo rdns ip by', `^(\\S+) \\((\\S+\\.\\S+)\\[(${IP})\\]\\) by (\\S+) `, dns),
  form('helo ident ip by', `^(\\S+) \\((\\S*)@\\[(${IP})\\].*\\) by (\\S+) \\(`, dns),
  // Hotmail, whose addresses stand first if at all
  form('ip by', `^(?=(${IP}) ).*?by (\\S+\\.hotmail\\.msn\\.com) `),
  form('by', 'by (\\S+\\.hotmail\\.msn\\.com) '),
  form(
    'rdns helo ip by',
    `^(\\S+) \\(${HELO} (\\S*)\\) \\((${IP})\\) by (\\S+) \\(qpsmtpd\\/\\S+\\) with (?:ESMTP|SMTP)`,
  ),
  form('rdns helo ip by', `^(\\S+) \\(LHLO (\\S*)\\) \\((${IP})\\) by (\\S+) with LMTP`),
  form(
    'rdns helo ip by',
    `^(\\S+) \\(${HELO} (\\S*)\\) \\[(${IP})\\] by (\\S+) \\([^)]+\\) with (?:ESMTP|SMTP)`,
  ),
  form('helo ip by', `^(\\S+) \\(\\[(${IP})\\]\\) by (\\S+) via smtpd \\(for \\S+\\) with SMTP\\(`),
]

/** Between qmail and the fetchers of POP3 and IMAP. */
export const GENERAL_SECOND: readonly Format[] = [
  form('ip by', `^\\[(${IP})\\] by (\\S+) via HTTP$`),
  form('ip by', `^\\S+ \\( \\[(${IP})\\]\\).*? by (\\S+) `),
  form('helo ip by', `^\\((\\S+) \\[(${IP})\\]\\) by (\\S+) `),
  form('ip by', `^\\[(${IP})\\] by (\\S+) `),
  form('ip by', `^\\(\\[?(${IP})\\]?\\) by (\\S+) `),
  form('helo ip by', `^(\\S+) \\[(${IP})\\] by (\\S+) \\[${IP}\\] with `, dns),
  form('helo ip by', `^(\\S+) \\[\\((${IP})\\)\\] by (\\S+) \\(${IP}\\) `),
  // sendmail without a name for the client
  form('helo ip by', `^(\\S+) \\(\\[(${IP})\\]\\) by (\\S+) \\(`, dns),
  // Courier could not ask
  form('helo ip by', `^(\\S+) \\(softdnserr \\[(${IP})\\]\\).*? by (\\S+)\\b`),
  form('helo rdns ip by', `^(\\S+) \\((\\S+) \\[(${IP})\\]\\).*? by (\\S+)\\b`, dns),
  form('helo ip by', `^(\\S+) \\(\\[(${IP})(?:[.:]\\d+)?\\]\\).*? by (\\S+) `, dns),
  form(
    'helo rdns ip by',
    `^(\\S+) \\((\\S+) \\[(${IP})\\]\\)(?: \\(authenticated bits=\\d+\\))? by (\\S+) \\(`,
    dns,
  ),
]

/** Lines of programs that fetch mail from a mailbox. */
export const FETCHED = /with (?:POP3|IMAP)/

/** The rest. */
export const GENERAL_LAST: readonly Format[] = [
  form(
    'rdns helo user ip by',
    `^(\\S+) \\(${HELO} ([^)]*)\\) \\((\\S*@)?\\[?(${IP})\\]?\\).* by (\\S+) `,
    dns,
  ),
  form('name user ip by', `^(\\S+) \\((\\S*@)?\\[?(${IP})\\]?\\).* by (\\S+) `, dns),
  form('ip by', `^\\[(${IP})\\] by (\\S+) with http for `),
  form('rdns ip by', `^(\\S+)\\((${IP})\\) by (\\S+) via smap `, dns),
  form('rdns ip helo by', `^(\\S+)\\((${IP}), ${HELO} (\\S*)\\) by (\\S+) via smap `, dns),
  form('ip by', `^(${IP}) by (\\S+) \\((?:SMTPL|InterScan)\\b`),
  passOver('^\\S+ by \\S+ with BSMTP'),
  form('helo rdns ip by', `^(\\S+) \\((\\S+) \\[(${IP})\\]\\) by (\\S+) with `, dns),
  form(
    'rdns helo ident ip by',
    `^(\\S+) \\(${HELO} (\\S*)\\) \\((?:(\\S+)@)?(${IP}).*?\\) by (\\S+) with `,
    dns,
  ),
  form('ip helo by', `^\\[(${IP})\\] \\((?:account \\S+ )?${HELO} (\\S*)\\) by (\\S+) \\(`),
  form('name ip by', `^(\\S+) \\(\\[(${IP})\\] verified\\) by (\\S+) \\(`, {
    looksUp: true,
    when: / \(CommuniGate Pro/,
  }),
  form('ip by', `^\\(\\[(${IP})\\]\\) by (\\S+) with `),
  form('helo ip by', `^([^\\d]\\S+) \\((${IP})\\) by (\\S+) `),
  passOver('^\\S+ \\(\\S+\\) by \\S+ \\(Content Technologies '),
  form('helo ip - by', `^(\\S+) \\(\\[(${IP})\\] \\[(\\S+)\\]\\) by (\\S+) with `),
  form('ip by', `^(${IP}) by (\\S+) with `),
  form('helo rdns ip by', `^(\\S+) \\((\\S+)\\[(${IP})\\]\\) by (\\S+) `, dns),
  form('ip helo by', `^\\[(${IP})\\]\\S+ \\(${HELO} (\\S*)\\) by (\\S+) `),
  form('ip helo by', `^(${IP}) \\(${HELO} (\\S*)\\) by (\\S+) `),
  form('helo ip by', `^(\\S+) \\[(${IP})\\] by (\\S+) `),
  form('rdns ip by', `^(\\S+)\\((${IP})\\) by (\\S+) `),
  form('helo ip by', `^(\\S+) \\(unverified \\[(${IP})\\]\\) by (\\S+) `),
  form('ip by', `^(${IP}) \\([A-Za-z][^)]+\\) by (\\S+) with `),
  form('ip options by', `^\\[(${IP})\\] \\(([^)]+)\\) by (\\S+) `),
  form('rdns ip by', `^(\\S+) \\((?:\\S+@)?(${IP})\\) by (\\S+) with `),
  form('- ip helo by', `^(UNKNOWN)\\((${IP})\\)(?:, claiming to be "(\\S+)")? via \\S+ by (\\S+),`),
  form('rdns ip helo by', `^(\\S+)\\((${IP})\\)(?:, claiming to be "(\\S+)")? via \\S+ by (\\S+),`, dns),
  form('helo - ip by', `^(\\S+) \\((\\S+)@(${IP}) with login\\) by (\\S+\\.yahoo\\.com) with SMTP`),
  // not a Received line: made from the header of that name
  form('ip by', `^X-Originating-IP: (${IP})()$`),
  passOver(`^\\S+ \\([^\\s@]+@${LOCALHOST}\\) by \\S+ \\(`),
  passOver('^\\S+ \\S+ by \\S+ with local-e?smtp '),
  passOver('^127\\.0\\.0\\.1 \\(AVG SMTP \\S+ \\[\\S+\\]\\)'),
  passOver('^\\S[^@\\s]*@\\S+ by \\S+ '),
  passOver('^Unknown\\/Local \\('),
  passOver(`^${LOCALHOST} \\((?:\\S+@)?${LOCALHOST}[)[]`),
  passOver(`^\\S+ \\((?:\\S+@)?${LOCALHOST}\\) `),
  passOver(`^\\S+ \\(\\S[^@\\s]*@\\S+ \\[${LOCALHOST}\\]\\) `),
  passOver('^\\(AUTH: \\S+\\) by \\S+ with '),
  passOver('^localhost \\(localhost \\[\\[UNIX: localhost\\]\\]\\) by '),
  passOver('^\\S+\\.amazon\\.com by \\S+\\.amazon\\.com with ESMTP \\(peer crosscheck: '),
  passOver('^[^.]+ by \\S+ with Novell_GroupWise'),
  passOver('^no\\.name\\.available by \\S+ via smtpd \\(for '),
]

/** qmail-scanner's line; it carries the envelope sender of the next one. */
export const QMAIL_SCANNER = octetPattern('^\\S+ by \\S+ \\(.{0,100}\\) with qmail-scanner')

/** Handovers inside one machine, passed over after everything else. */
export const LOCAL_HANDOVERS: readonly RegExp[] = [
  /^\S+ by \S+ with local/,
  /^\S+ \(\[unix socket\]\) by \S+ \(Cyrus v[0-9]*?\.[0-9]*?\.[0-9]*?\) with LMTPA/,
  /^\S+ by \S+ (?:with|via|for|\()/,
  /^\S+ (?:(?:with|via|for) \S+|\(unverified\)) by\b/,
  /^\S+ \(unknown\) by \S+ \(SG\) with \b/,
  /^\S+ \(\S+ \[local\]\) by \S+ \(OpenSMTPD\) with \b/,
  /\(LSMTP for/,
  new RegExp(`^\\(\\[${LOCALHOST}\\]\\) with MailEnable `),
  /^facebook\.com \([^)]+\) by facebook\.com with Thrift id \S+$/,
  /^\S+ named \S+ by gmailapi\.google\.com with HTTPREST$/,
  /^\S+ id \S+$/,
  /^\[<.*? \(Jetsend/,
].map((pattern) => octetPattern(pattern.source))

/** Lines that begin with `FROM`, and with `(from`. */
export const SHOUTED = octetPattern(
  `^(\\S+) \\((\\S+) \\[(${IP})\\]\\) BY (\\S+) (?:\\([^)]+\\) WITH SMTP )?ID <?(\\S+?)>?(?: FOR <[^>]+>)?$`,
)
export const BRACKETED: readonly Format[] = [
  form('helo ip by', `^(\\S*) \\[(${IP})\\]\\) by (\\S+) \\(NAVGW .*?\\) with `),
  passOver('^\\S+@localhost\\) by \\S+ '),
  passOver('^[^\\s@]+@[^)]+\\) by \\S+\\(jqueuemail\\) id [^\\s;]+'),
]
