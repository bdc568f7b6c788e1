/** One Received line to one relay. */
import { authenticationOf } from './received-auth.ts'
import * as forms from './received-formats.ts'
import type { Field, Format } from './received-formats.ts'
import { IP_ADDRESS, isPrivateIp } from './ip-text.ts'
import type { Octets } from './octets.ts'
import { trimOctets } from './space.ts'

/** A relay before it is known whether to trust it. */
export interface RelayDraft {
  ip: string
  rdns: Octets
  helo: Octets
  by: Octets
  ident: Octets
  envfrom: Octets | undefined
  id: Octets
  auth: Octets
  private: boolean
  noReverseDns: boolean
}

export type LineResult =
  | { readonly kind: 'relay'; readonly relay: RelayDraft }
  /** A handover inside a machine, or nothing that helps. */
  | { readonly kind: 'skip' }
  /** Mail was fetched from a mailbox here. */
  | { readonly kind: 'fetched' }
  /** qmail-scanner: the envelope sender belongs to the next line. */
  | { readonly kind: 'sender'; readonly envfrom: Octets | undefined }
  | { readonly kind: 'unparseable' }

/** Octets of a line, white space squeezed, that are read. */
const LONGEST_LINE = 2048
const NAME = '[-A-Za-z0-9.^+_&:=?!@%*$\\\\/]'
const HELO_WORD = new RegExp(`\\bhelo=(${NAME}+)(?!${NAME})`)
const HELO_PHRASE = new RegExp(`\\b(?:HELO|EHLO) (${NAME}+)(?!${NAME})`)
const DATE =
  /(?<![\t-\r ;])[\t-\r ;]+(?:(?:Mon|Tue|Thu|Wed|Fri|Sat|Sun), )?\d+ (?:Jan|Jun|Jul|Feb|Mar|May|Apr|Aug|Sep|Oct|Nov|Dec) \d+ \d+:\d+(?::\d+)? [^ ]+$/
const BRACKETED_IP = new RegExp(`\\[(${IP_ADDRESS})\\]`)
const EXIM_IP = new RegExp(` \\[(${IP_ADDRESS})(?:\\.\\d+)?\\] `)
/** Would end a field of the bracketed form. */
const UNSAFE = /[\t-\r \0#[\]()<>|]/g
const SKIP: LineResult = { kind: 'skip' }

/** Reads the unfolded value of a Received header. Never throws. */
export function parseReceivedLine(value: Octets): LineResult {
  let line = trimOctets(value.replace(/[\t-\r ]+/g, ' ')).slice(0, LONGEST_LINE)
  line = line.replace(/(?<![ ;])(?: ?;)+$/, '')
  if (!/^\(?from /i.test(line) || /\bwith local for\b/.test(line)) return SKIP
  const plain = /^from ([^ ]+) by [^ ;]+ ?;/i.exec(line)
  if (plain && !/^\[[\d.]+\]$/.test(plain[1]!)) return SKIP
  line = line.replace(DATE, '').replace(')by ', ') by ')
  const relay = emptyRelay(line)
  const text = line.replace(/^(?:from|FROM|\(from) /, '')
  let result: LineResult | undefined
  if (line.startsWith('from ')) {
    relay.envfrom = /(?:return-path:? |envelope-(?:sender|from)[ =])([^ ]*\w)/i.exec(text)?.[1]
    result = fromLine(text, relay)
  } else if (line.startsWith('FROM ')) {
    result = shoutedLine(text, relay)
  } else if (line.startsWith('(from ')) {
    result = firstForm(forms.BRACKETED, text, relay)
  }
  if (result !== undefined) return result
  if (relay.ip === '') relay.ip = BRACKETED_IP.exec(text)?.[1] ?? ''
  return relay.ip !== '' && relay.by !== '' ? finish(relay) : { kind: 'unparseable' }
}

/** What can be told from any line, whoever wrote it. */
function emptyRelay(line: Octets): RelayDraft {
  return {
    ip: '',
    rdns: '',
    helo: HELO_WORD.exec(line)?.[1] ?? HELO_PHRASE.exec(line)?.[1] ?? '',
    by: / by ([^ ]+)(?:[^-A-Za-z0-9;.]|$)/.exec(line)?.[1] ?? '',
    ident: '',
    envfrom: undefined,
    id: / id <?([^\t-\r <>;]{3,})/.exec(line)?.[1] ?? '',
    auth: authenticationOf(line),
    private: false,
    noReverseDns: false,
  }
}

/** Undefined: no form fits; what was found on the way stays in `relay`. */
function fromLine(text: Octets, relay: RelayDraft): LineResult | undefined {
  return (
    firstForm(forms.WEB_MAIL, text, relay) ??
    serverForm(text, relay) ??
    firstForm(forms.GENERAL_FIRST, text, relay) ??
    qmailForm(text, relay) ??
    firstForm(forms.GENERAL_SECOND, text, relay) ??
    (forms.FETCHED.test(text) ? ({ kind: 'fetched' } as const) : undefined) ??
    firstForm(forms.GENERAL_LAST, text, relay) ??
    lastResort(text, relay)
  )
}

function firstForm(formats: readonly Format[], text: Octets, relay: RelayDraft): LineResult | undefined {
  const fit = fitForm(formats, text, relay)
  if (fit === undefined) return undefined
  return fit.take === undefined ? SKIP : finish(relay, fit.looksUp)
}

/** The first form that fits; what it says is put into `relay`. */
function fitForm(formats: readonly Format[], text: Octets, relay: RelayDraft): Format | undefined {
  for (const format of formats) {
    if (format.when?.test(text) === false || format.unless?.test(text) === true) continue
    const match = format.pattern.exec(text)
    if (match === null) continue
    for (const [index, field] of (format.take ?? []).entries()) assign(relay, field, match[index + 1])
    return format
  }
  return undefined
}

function assign(relay: RelayDraft, field: Field, value: Octets | undefined): void {
  switch (field) {
    case '-':
      return
    case 'name':
      relay.helo = value ?? ''
      relay.rdns = relay.helo
      return
    case 'user':
      relay.ident = value?.slice(0, -1) ?? ''
      return
    case 'options': {
      relay.helo = /helo=([^ ]+)/.exec(value!)?.[1] ?? relay.helo
      relay.ident = /ident=([^ ]*)/.exec(value!.replace(/helo=[^ ]+/, ''))?.[1] ?? relay.ident
      return
    }
    case 'userName':
      relay.rdns = value ?? ''
      // sendmail puts what ident said before the name
      for (const user of [/^IDENT:([^@]*)@/, /^([^@]*)@/]) {
        const match = user.exec(relay.rdns)
        if (match) {
          relay.ident = match[1]!
          relay.rdns = relay.rdns.slice(match[0].length)
        }
      }
      return
    case 'ident':
      relay.ident = value ?? relay.ident
      return
    default:
      relay[field] = value ?? ''
  }
}

function serverForm(text: Octets, relay: RelayDraft): LineResult | undefined {
  const server = forms.SERVERS.find(({ sign }) => sign.test(text))
  if (server === undefined) return undefined
  const result = firstForm(server.formats, text, relay)
  if (result?.kind === 'relay') {
    if (server.sign.source.includes('mapi')) relay.id = ''
    if (server.sign.source.includes('XMail')) {
      relay.id = / id <([^ ]+)>/.exec(text)?.[1] ?? relay.id
      relay.envfrom = / from <([^ ]+)>/.exec(text)?.[1] ?? relay.envfrom
    }
  }
  return result ?? (server.sign.source === 'Exim' ? looseExim(text, relay) : undefined)
}

/** Exim with its parts in any order. */
function looseExim(text: Octets, relay: RelayDraft): LineResult | undefined {
  relay.rdns = /^([^ ]+) /.exec(text)?.[1] ?? relay.rdns
  relay.helo = / \(([^ ]+)\) /.exec(text)?.[1] ?? relay.helo
  relay.ip = EXIM_IP.exec(text)?.[1] ?? relay.ip
  const by = /by ([^ ]+) /.exec(text)?.[1]
  if (by === undefined) return undefined
  relay.by = by
  return relay.ip === '' ? undefined : finish(relay)
}

function qmailForm(text: Octets, relay: RelayDraft): LineResult | undefined {
  if (!forms.QMAIL_SIGN.test(text)) return undefined
  fitForm(forms.QMAIL, text, relay)
  const unknown = relay.rdns === 'unknown'
  return finish(relay, !unknown)
}

function shoutedLine(text: Octets, relay: RelayDraft): LineResult | undefined {
  const match = forms.SHOUTED.exec(text)
  if (match === null) return undefined
  const [, helo = '', rdns = '', ip = '', by = '', id = ''] = match
  Object.assign(relay, { helo, rdns: rdns === 'unverified' ? '' : rdns, ip, by, id })
  return finish(relay, true)
}

function lastResort(text: Octets, relay: RelayDraft): LineResult | undefined {
  if (forms.QMAIL_SCANNER.test(text)) return { kind: 'sender', envfrom: cleanSender(relay.envfrom) }
  if (forms.LOCAL_HANDOVERS.some((pattern) => pattern.test(text))) return SKIP
  if (relay.helo === '') relay.helo = /^([^ ]+)[^-A-Za-z0-9.]/.exec(text)?.[1] ?? ''
  return undefined
}

function cleanSender(envfrom: Octets | undefined): Octets | undefined {
  return envfrom
    ?.replace(/^[\t-\r ]*<*/, '')
    .replace(/(?<![\t-\r ])[\t-\r ]+$/, '')
    .replace(/(?<!>)>+$/, '')
    .replace(UNSAFE, '!')
}

/** Brings the fields to their final form. */
function finish(relay: RelayDraft, lookedUp = false): LineResult {
  const rdns = relay.rdns.replace(/(?<!\.)\.+$/, '')
  const clean = (text: Octets) => text.replace(UNSAFE, '!')
  relay.rdns = /^unknown$/i.test(rdns) || rdns.startsWith('[') ? '' : clean(rdns)
  relay.ip = clean(
    relay.ip
      .replace(/^ipv6:/i, '')
      .replace(/^\[|\]$/g, '')
      .replace(/%[A-Za-z0-9._~-]*$/, '')
      .replace(/^0*:0*:(?:0*:)*ffff:(\d+\.\d+\.\d+\.\d+)$/i, '$1'),
  )
  relay.helo = clean(relay.helo)
  relay.by = clean(relay.by.replace(/;$/, ''))
  relay.ident = clean(relay.ident)
  relay.envfrom = cleanSender(relay.envfrom)
  relay.noReverseDns = relay.rdns === '' && lookedUp
  relay.private = isPrivateIp(relay.ip)
  return { kind: 'relay', relay }
}
