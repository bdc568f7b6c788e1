/**
 * Regular expressions that can take more than linear time, or of which the checker cannot tell, and why that is no
 * harm: their caller cuts what they search. Each with the worst text known for it.
 */
import { tokensOf } from '../../lib/bayes/tokens.ts'
import { viewOf } from '../../lib/bayes/view.ts'
import { shownHost } from '../../lib/links/shown-domain.ts'
import { IP_ADDRESS as IP } from '../../lib/mail/ip-text.ts'
import { parseMessage } from '../../lib/mail/message.ts'
import { parseReceivedLine } from '../../lib/mail/received-line.ts'
import { splitMail } from '../../lib/mail/split.ts'
import { rulePattern } from '../../lib/rules/regex/pattern.ts'

export interface BoundedPattern {
  readonly source: string
  readonly flags: string
  /** Octets the caller gives it at most. */
  readonly longest: number
  /** Who cuts the text, and where. */
  readonly reason: string
  readonly attack: { readonly head: string; readonly body: string; readonly tail: string }
  /** Gives the caller a much longer text: it has to cut it. */
  readonly over?: (text: string) => unknown
}

const attack = (head: string, body: string, tail = '') => ({ head, body, tail })
const header = (name: string) => (value: string) =>
  tokensOf(
    viewOf(parseMessage(splitMail(Buffer.from(`${name}: ${value.replaceAll('\n', ' ')}\n\nx\n`, 'latin1')))),
  )
const body = (type: string) => (text: string) =>
  tokensOf(viewOf(parseMessage(splitMail(Buffer.from(`Content-Type: ${type}\n\n${text}`, 'latin1')))))

const RECEIVED = {
  flags: '',
  longest: 2048,
  reason: 'parseReceivedLine cuts lines (LONGEST_LINE), parseReceived their number (MOST_LINES)',
  over: (line: string) => parseReceivedLine(`from ${line}`),
}
const WORD = String.raw`([^\t-\r ]+)`
const COUNTED = {
  flags: 'gi',
  longest: 100_000,
  reason: 'repetitions are counted: no place in the text costs more than some hundred steps',
}
const ATOM = "[a-z0-9!#$%&'*+\\/=?^_`{|}~-]"
const EMAIL =
  `(?<!${ATOM})(?=[a-z0-9.!#$%&'*+\\/=?^_\`{|}~-]{1,64}@)${ATOM}+(?:\\.${ATOM}+)*@` +
  String.raw`(?:[a-z0-9](?:[a-z0-9-]{0,59}[a-z0-9])?\.){1,4}[a-z0-9-]{2,63}(?![a-z0-9-]|\.[a-z0-9])`
const RULE_LINE = { flags: '', longest: 80, over: (text: string) => parseOrFail(text) }

function parseOrFail(text: string): unknown {
  try {
    return rulePattern(`/\\${text}/`)
  } catch (error) {
    return error
  }
}

export const BOUNDED: readonly BoundedPattern[] = [
  {
    source: String.raw`([+-]\d{4}|[A-Z]{3,4})\s*(?:\(.*\))?\s*$`,
    flags: '',
    longest: 60,
    reason: 'addHeader gives it the last 60 characters of Date',
    attack: attack('AAAA', '\t', '+AAA()'),
    over: header('Date'),
  },
  {
    source: String.raw`[^\s<>"(),;:]{1,64}@[^\s<>"(),;:]{1,255}`,
    flags: 'g',
    longest: 4096,
    reason: 'viewOf cuts the values of headers',
    attack: attack('', '\0', '\t'),
    over: header('From'),
  },
  {
    source: String.raw`[\w-]{1,63}(?:\.[\w-]{1,63})+`,
    flags: 'g',
    longest: 4096,
    reason: 'viewOf cuts the values of headers',
    attack: attack('', '-'),
    over: header('X-Any'),
  },
  {
    source: String.raw`([\w-]{1,30})\s{0,9}=\s{0,9}(?:"([^"]{0,200})"|'([^']{0,200})'|([^\s>]{1,100}))`,
    flags: 'g',
    longest: 400,
    reason: 'tagsOf finds tags with at most 400 characters of attributes, and only so many tags',
    attack: attack('', '-', '\0'),
    over: (text) => body('text/html')(`<a ${text}>`),
  },
  {
    source: String.raw`^[<"'(\s]*(?![<"'(\s])(?:(?:https?|ftp):\/\/)?(?:[^\s/@?#]{1,100}@)?([\p{L}\p{N}_.-]{4,253})(?::\d{1,5})?(?:[/?#]\S*(?!\S))?[>"')\s.,;:!]*$`,
    flags: 'iu',
    longest: 2000,
    reason: 'shownHost cuts its text (TEXT_LIMIT)',
    attack: attack('https', '.', '\0'),
    over: shownHost,
  },
  {
    ...RECEIVED,
    source: String.raw`(?:\]\)|\)\]) \(AUTH: (LOGIN|PLAIN|DIGEST-MD5|CRAM-MD5) [^ ]+(?:, .*?)?\) by `,
    attack: attack('', ']) (AUTH: LOGIN N, '),
  },
  {
    ...RECEIVED,
    source: String.raw` with (?:Microsoft SMTP Server|mapi id) (?:\([^)]+\) )?\d+\.\d+\.\d+\.\d+(?:$| )`,
    attack: attack('', ' with mapi id (x'),
  },
  {
    ...RECEIVED,
    source: String.raw`(${IP})\b(?![.-]).{10,80}by ([^\t-\r ]+) with HTTP`,
    attack: attack('A', '1.2.3.4 by 0'),
  },
  {
    ...RECEIVED,
    source: String.raw`^${WORD} \(([^\t-\r ]+\.[^\t-\r ]+)\[(${IP})\]\) by ${WORD} `,
    attack: attack('( (0', '.x[1.2.3.4', '[ (b.([0]) by x '),
  },
  {
    ...RECEIVED,
    source: String.raw`^${WORD} \(([^\t-\r ]*)@\[(${IP})\].*\) by ${WORD} \(`,
    attack: attack('y (', '@[1.2.3.4]) by x', '  (@[0]) by   ('),
  },
  {
    ...RECEIVED,
    source: String.raw`^${WORD} \((?:HELO|EHLO) ([^)]*)\) \(([^\t-\r ]*@)?\[?(${IP})\]?\).* by ${WORD} `,
    attack: attack('y (HELO x) (', '@[1.2.3.4])', ' by'),
  },
  {
    ...RECEIVED,
    source: String.raw`^${WORD} \(([^\t-\r ]*@)?\[?(${IP})\]?\).* by ${WORD} `,
    attack: attack('0 (]', '@[1.2.3.4])', '  (0) by 0 '),
  },
  {
    ...RECEIVED,
    source: String.raw`^${WORD} \((?:HELO|EHLO) ([^\t-\r ]*)\) \((?:([^\t-\r ]+)@)?(${IP}).*?\) by ${WORD} with `,
    attack: attack('h (EHLO ) (y', '@1.2.3.4) by x'),
  },
  {
    source: String.raw`\b([\w.!#$%&'*+/=?^` + '`' + String.raw`{|}~-]+@\w[\w-]*\.\w[\w.-]*)`,
    flags: '',
    longest: 2000,
    reason: 'compare cuts the name it searches, once a mail',
    attack: attack('', '-0-', '.0'),
  },
  {
    ...COUNTED,
    source: String.raw`<?https?:\/\/[^ \t\n\r\f\v]{0,255}(?:@|%40)[^ \t\n\r\f\v]{0,255}`,
    attack: attack('', '<HTTP://%', '\t'),
  },
  { ...COUNTED, source: EMAIL, attack: attack('@0@00', '0.0.0.00', '\0') },
  { ...COUNTED, source: EMAIL, attack: attack('', 'a@a.', '\0') },
  {
    ...COUNTED,
    source:
      `<?(?<!mailto:)(${EMAIL})` +
      String.raw`(?:>|[ \t\n\r\f\v]{1,10}(?!(?:fa(?:x|csi)|tel|phone|e?-?mail))[a-z]{2,11}:)`,
    attack: attack('I@-@P.', '0.B.', '\0'),
  },
  {
    source: String.raw` for <?([^ \t\n\r\f\v]{1,500}@([^ \t\n\r\f\v]{1,253}?))>?;`,
    flags: '',
    longest: 8192,
    reason: 'allTo cuts Received headers (LONGEST_TRACE) and reads three',
    attack: attack(' for >', '@', '\t'),
  },
  {
    ...RULE_LINE,
    source: String.raw`^(?:x\{\s*([0-9a-fA-F_]*)\s*\}|x([0-9a-fA-F]{0,2})|N\{U\+([0-9a-fA-F]+)\})`,
    longest: 24,
    reason: 'readCodePoint gives it 24 characters of a pattern',
    attack: attack('x{', '\t'),
  },
  {
    ...RULE_LINE,
    source: String.raw`^\{ *(?:(\d+) *(?:(,) *(\d+)?)?|, *(\d+)) *\}`,
    longest: 40,
    reason: 'the parser of patterns gives it 40 characters',
    attack: attack('{0 ', ' ', ' 0}'),
  },
]

/** Calls of RegExp inside of functions, and why what they make is no harm. */
export const MADE_LATER: readonly {
  readonly file: string
  readonly part: string
  readonly reason: string
}[] = [
  {
    file: 'auth/caller-id-policy.ts',
    part: '${name}\\\\s*=',
    reason: 'two names of ours; a document of at most 32 KB',
  },
  { file: 'cli/rules/add.ts', part: '${rule.name}', reason: 'a file of the administrator' },
  {
    file: 'rules/evals/authres-header.ts',
    part: 'escapeRegex(authserv)',
    reason: 'one name of the configuration, sticky',
  },
  {
    file: 'rules/evals/freemail.ts',
    part: 'wildcards',
    reason: 'names of the configuration, `*` within one label',
  },
  {
    file: 'rules/evals/hash-bl.ts',
    part: 'RegExp(regex',
    reason: 'a pattern of a rule file, bounded like those of rules',
  },
  {
    file: 'rules/evals/mime-header.ts',
    part: 'regex.source',
    reason: 'a pattern of a rule file, bounded like those of rules',
  },
  { file: 'rules/evals/header-eval.ts', part: 'escapeRegex', reason: 'a text between word boundaries' },
  { file: 'rules/evals/header-eval.ts', part: '${name}', reason: 'a text at the rims of the subject' },
  { file: 'rules/evals/relay-eval.ts', part: '${name}', reason: 'one name of a rule file' },
  {
    file: 'rules/evals/relay-eval.ts',
    part: '${token}',
    reason: 'one relay at a time: brackets end it, and its line had 2 KB',
  },
  { file: 'rules/evals/wlbl-eval.ts', part: 'escapeRegex(bound)', reason: 'one name at the end of another' },
  { file: 'rules/header-access.ts', part: 'domains.tldPattern', reason: 'searches 4000 octets (MAX_SEARCH)' },
  { file: 'rules/regex/charset.ts', part: '${property}', reason: 'tests single characters' },
  {
    file: 'rules/regex/pattern.ts',
    part: 'RegExp(source)',
    reason: 'a pattern of which V8 cannot make more than its text',
  },
  {
    file: 'rules/regex/pattern.ts',
    part: 'source, flags',
    reason: 'where patterns of rule files are compiled and bounded',
  },
  { file: 'rules/replace-tags.ts', part: 'literal(start)', reason: 'one line of a rule file' },
]
