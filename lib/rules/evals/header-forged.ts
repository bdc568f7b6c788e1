/**
 * HeaderEval's tests for mail that claims to come from a big provider but was never in its hands: each provider's
 * relays write Received headers of a known form, and a header that pretends without having them gives itself away.
 */
import type { Octets } from '../../mail/message.ts'
import type { EvalFunction, EvalInput } from '../eval.ts'
import { IP } from './ip.ts'
import { escapeRegex, header, squeeze } from './octets.ts'

// Texts are squeezed or single lines; \S stands for "no ASCII white space" and is bounded against long junk.
const S = '[^ \\t\\n\\r\\f\\v]'
/** The same without the sign behind a local part. */
const L = '[^@ \\t\\n\\r\\f\\v]'

function pattern(source: string, flags = ''): RegExp {
  return new RegExp(source.replaceAll('«S»', S).replaceAll('«L»', L).replaceAll('«IP»', IP), flags)
}

function matches(text: Octets, patterns: readonly RegExp[]): boolean {
  return patterns.some((one) => one.test(text))
}

const HAS_IP = pattern('«IP»', 'i')

const EZMLM_LIST = pattern('^contact «L»+@«S»+; run by ezmlm$', 'm')
const EZMLM_DELIVERED = pattern('^mailing list «L»+@«S»', 'm')
const MSN_GROUPS = pattern('from groups\\.msn\\.com \\(«S»+\\.msn\\.com ')
const EZMLM_BODY = pattern('qmail \\d+ invoked (?:from network|by .{3,20})\\); \\d+ ... \\d+')

/** The mail came through a list or service that strips Received headers, so that their absence means nothing. */
export function passedHeaderRemover(input: EvalInput): boolean {
  const received = input.get('Received')
  if (EZMLM_LIST.test(header(input, 'Mailing-List'))) {
    const listed = EZMLM_DELIVERED.test(header(input, 'Delivered-To'))
    if (listed && EZMLM_BODY.test(received ?? '')) return true
  }
  if (received === undefined) return true
  return MSN_GROUPS.test(received)
}

function fromMsnGroups(input: EvalInput): boolean {
  const list = /<([^ \t\n\r\f\v<@]+)@groups\.msn\.com>/i.exec(header(input, 'To'))?.[1]
  if (list === undefined) return false
  const pickup = /from mail pickup service by ((?:p\d\d\.)groups\.msn\.com)\b/.exec(header(input, 'Received'))
  if (pickup === null) return false
  const id = header(input, 'Message-Id')
  if (list === 'notifications') return pattern(`^<«S»+@${pickup[1] ?? ''}`).test(id)
  const name = escapeRegex(list)
  return (
    pattern(`^<${name}-«S»+@groups\\.msn\\.com>`).test(id) &&
    pattern(`${name}-bounce@groups\\.msn\\.com`).test(header(input, 'EnvelopeFrom:addr'))
  )
}

interface Hotmail {
  /** A Received header names hotmail.com in a way Hotmail never writes it. */
  readonly forged: boolean
  /** The author address is of Hotmail, and no Received header is. */
  readonly missing: boolean
}

const HOTMAIL_WITH_IP = [
  pattern('from (?:«S»*\\.)?hotmail.com \\(«S»+\\.hotmail(?:\\.msn)?\\.com[ \\)]'),
  pattern('from «S»*\\.hotmail.com \\(\\[«IP»\\][ \\):]'),
  pattern('from «S»+ by «S»+\\.hotmail(?:\\.msn)?\\.com with HTTP;'),
  pattern('from \\[66\\.218.«S»+\\] by «S»+\\.yahoo\\.com'),
]
const HOTMAIL_WITH_ORIGINATOR = [
  pattern(
    'from «S»*\\.outbound\\.protection\\.outlook\\.com \\(«S»+\\.outbound\\.protection\\.outlook\\.com[ \\)]',
  ),
  pattern('from «S»*\\.(?:eur|nam)prd\\d+\\.prod\\.outlook\\.com \\(«IP»\\)'),
]
const CLAIMS_HOTMAIL = pattern('(?:from |HELO |helo=)(?:(?!helo=)«S»)*hotmail\\.com\\b')
const HOTMAIL_KEY = {}

function hotmail(input: EvalInput): Hotmail {
  return input.memo(HOTMAIL_KEY, () => {
    const received = squeeze(header(input, 'Received'))
    const clean = { forged: false, missing: false }
    if (/from mail pickup service by hotmail\.com with Microsoft SMTPSVC;/.test(received)) return clean
    if (fromMsnGroups(input) || passedHeaderRemover(input)) return clean
    const hasIp = HAS_IP.test(header(input, 'X-Originating-Ip'))
    const hasOriginator = /hotmail\.com|msonline-outlook/.test(header(input, 'X-OriginatorOrg'))
    if (hasIp && matches(received, HOTMAIL_WITH_IP)) return clean
    if (hasOriginator && matches(received, HOTMAIL_WITH_ORIGINATOR)) return clean
    if (CLAIMS_HOTMAIL.test(received)) return { forged: true, missing: false }
    return { forged: false, missing: /\bhotmail\.com$/i.test(header(input, 'From:addr')) }
  })
}

const EUDORAMAIL = pattern('by «S»*whowhere.com;')

function forgedEudoramail(input: EvalInput): boolean {
  if (!/\beudoramail\.com$/i.test(header(input, 'From:addr')) || passedHeaderRemover(input)) return false
  const received = squeeze(header(input, 'Received'))
  return !(HAS_IP.test(header(input, 'X-Sender-Ip')) && EUDORAMAIL.test(received))
}

const YAHOO = [
  pattern('by web«S»(?:(?!\\.mail)«S»)*\\.mail«S»*\\.yahoo\\.com via HTTP'),
  pattern('by sonic«S»(?:(?!\\.consmr\\.mail)«S»)*\\.consmr\\.mail«S»*\\.yahoo\\.com with HTTP'),
  pattern('by smtp«S»+\\.yahoo\\.com with SMTP'),
  pattern('from \\[«IP»\\] by «S»+\\.(?:groups|scd|dcn)\\.yahoo\\.com with NNFMP'),
  pattern('by \\w+\\.\\w+\\.yahoo\\.com \\(\\d+\\.\\d+\\.\\d+/\\d+\\.\\d+\\.\\d+\\)(?: with ESMTP)? id \\w'),
]

const YAHOO_RELAY = pattern(' rdns=«S»+\\.yahoo\\.com ')
const YAHOO_FIRST = pattern('^[^\\]]+ rdns=«S»+\\.yahoo\\.com ')

function forgedYahoo(input: EvalInput): boolean {
  const from = header(input, 'From:addr')
  if (!/\byahoo\.com$/i.test(from) || passedHeaderRemover(input)) return false
  const resent = header(input, 'Resent-From') !== '' && header(input, 'Resent-To') !== ''
  const received = squeeze((resent ? header(input, 'X-Received') : '') || header(input, 'Received'))
  const { trustedText, untrustedText } = input.relays
  if (YAHOO_RELAY.test(trustedText) || YAHOO_FIRST.test(untrustedText)) return false
  if (matches(received, YAHOO)) return false
  return !(/\bmailer\d+\.bulk\.scd\.yahoo\.com\b/.test(received) && /@reply\.yahoo\.com$/i.test(from))
}

const JUNO_RELAY = [/from/g, /\b(?:juno|untd)\.com/g, pattern('[\\[(]«IP»[\\])]', 'g'), /by/g]

/** Each of the patterns is found, one behind the other. */
function inOrder(line: Octets, patterns: readonly RegExp[]): boolean {
  let at = 0
  return patterns.every((one) => {
    one.lastIndex = at
    const found = one.exec(line)
    at = found === null ? at : found.index + found[0].length
    return found !== null
  })
}

function forgedJuno(input: EvalInput): boolean {
  if (!/\bjuno\.com$/i.test(header(input, 'From:addr')) || passedHeaderRemover(input)) return false
  const mailer = header(input, 'X-Mailer')
  const received = header(input, 'Received')
  if (header(input, 'X-Originating-IP') !== '') {
    const relayed =
      received.split('\n').some((line) => inOrder(line.slice(0, 2000), JUNO_RELAY)) ||
      / cookie\.(?:juno|untd)\.com /.test(received)
    return !relayed || !mailer.includes('Juno ')
  }
  // Juno's own relays always write X-Originating-IP.
  return true
}

const GMAIL_INNER = [
  pattern('by 10\\.«S»+ with SMTP id «S»'),
  pattern('by 2002:a\\d\\d:\\w+:«S»+ with SMTP id «S»'),
]
const GMAIL_RELAY = pattern('by smtp\\.googlemail\\.com with ESMTPSA id «S»')

function forgedGmail(input: EvalInput): boolean {
  if (!/\bgmail\.com$/i.test(header(input, 'From:addr'))) return false
  const via = header(input, 'X-Received')
  if (GMAIL_INNER.some((one) => one.test(via)) || GMAIL_RELAY.test(header(input, 'Received'))) return false
  return header(input, 'X-Gm-Message-State').length < 60 || header(input, 'X-Google-Smtp-Source').length < 60
}

function fakeAolRelay(input: EvalInput): boolean {
  const received = squeeze(header(input, 'Received'))
  if (!/ rly-[a-z][a-z]\d\d\./i.test(received)) return false
  return !/\/AOL-\d+\.\d+\.\d+\)|ESMTP id (?:RELAY|MAILRELAY|MAILIN)/.test(received)
}

/** A hop of which both names are given but the receiving one has no dot, as a 2002 worm wrote it. */
function forgedGw05(input: EvalInput): boolean {
  const match = pattern(
    '\\nfrom[ \\t\\n\\r\\f\\v](«S»+)[ \\t\\n\\r\\f\\v]by[ \\t\\n\\r\\f\\v](«S»+)[ \\t\\n\\r\\f\\v]with[ \\t\\n\\r\\f\\v]ESMTP;[ \\t\\n\\r\\f\\v]+«S»{3},[ \\t\\n\\r\\f\\v]+\\d+[ \\t\\n\\r\\f\\v]+«S»{3}[ \\t\\n\\r\\f\\v]+\\d{4}[ \\t\\n\\r\\f\\v]+\\d\\d:\\d\\d:\\d\\d[ \\t\\n\\r\\f\\v]+[-+]*\\d{4}\\n$',
  ).exec(header(input, 'Received'))
  return match !== null && !(match[2] ?? '').includes('.')
}

export const forgedFunctions: Readonly<Record<string, EvalFunction>> = {
  check_for_fake_aol_relay_in_rcvd: fakeAolRelay,
  check_for_forged_hotmail_received_headers: (input) => hotmail(input).forged,
  check_for_no_hotmail_received_headers: (input) => hotmail(input).missing,
  check_for_msn_groups_headers: fromMsnGroups,
  check_for_forged_eudoramail_received_headers: forgedEudoramail,
  check_for_forged_yahoo_received_headers: forgedYahoo,
  check_for_forged_juno_received_headers: forgedJuno,
  check_for_forged_gmail_received_headers: forgedGmail,
  check_for_forged_gw05_received_headers: forgedGw05,
  gated_through_received_hdr_remover: passedHeaderRemover,
}
