/**
 * Answers and edits to frames: the only file that writes octets for the MTA.
 *
 * What is written can hold text that came from a message, so every text is cleaned here, whatever the caller did:
 * no CR, LF or NUL leaves this file but in the folds of a header, and `%` is doubled in reply texts because Sendmail
 * uses them as a format and Postfix drops a lone one.
 */

import { encodeFrame, PROGRESS_FRAME } from './frame.ts'
import type { Edit, Reply, SmtpReply } from './handler.ts'
import { mailAddress, type MailAddress } from './mail-address.ts'
import type { Agreement } from './negotiate.ts'
import { ACTION, ANSWER, LARGEST_ANSWER, MACRO_STAGES, octets, STEP } from './wire.ts'

export { PROGRESS_FRAME }

/** SMTP's limit for one line is 1000 octets with its CRLF (RFC 5321, 4.5.3.1.6). */
const LONGEST_LINE = 998
/** libmilter's limit for smfi_setmlreply; Sendmail is built for no more. */
const MOST_LINES = 32
const NUL = Buffer.alloc(1)

const CONTINUE = encodeFrame(ANSWER.continue)
const FIXED = {
  continue: CONTINUE,
  accept: encodeFrame(ANSWER.accept),
  discard: encodeFrame(ANSWER.discard),
  reject: encodeFrame(ANSWER.reject),
  tempfail: encodeFrame(ANSWER.tempfail),
  skip: encodeFrame(ANSWER.skip),
} as const

/** The frame of a reply. @throws RangeError for a refusal whose codes no MTA would take */
export function encodeReply(reply: Reply | { readonly kind: 'skip' }): Buffer {
  switch (reply.kind) {
    case 'refuse':
      return encodeRefusal(reply.reply)
    case 'shutdown':
      // SMFIR_SHUTDOWN is Postfix's alone: Sendmail calls it bogus. A 421 makes both of them hang up.
      return encodeRefusal({ code: 421, enhanced: '4.3.2', text: 'Service not available, closing channel' })
    default:
      return FIXED[reply.kind]
  }
}

/**
 * SMFIR_REPLYCODE. Each line repeats the code and the enhanced code, is at most 998 octets long (cut, never within a
 * doubled `%`) and there are at most 32 of them.
 *
 * @throws RangeError when the code is not 4xx or 5xx or the enhanced code is of another class: Postfix would take
 *   such a reply as a broken milter and apply its default action.
 */
export function encodeRefusal({ code, enhanced, text }: SmtpReply): Buffer {
  if (!Number.isInteger(code) || code < 400 || code > 599)
    throw new RangeError(`an SMTP refusal has a code from 400 to 599, not ${code}`)
  if (enhanced !== '' && !/^[45]\.\d{1,3}\.\d{1,3}$/.test(enhanced))
    throw new RangeError(`${JSON.stringify(enhanced)} is no enhanced status code`)
  if (enhanced !== '' && enhanced[0] !== String(code)[0])
    throw new RangeError(`the enhanced status code ${enhanced} is not of the class of ${code}`)
  const prefix = enhanced === '' ? '' : `${enhanced} `
  const lines = text.split(/\r?\n/, MOST_LINES)
  const encoded = lines.map((line, index) => {
    const separator = index === lines.length - 1 ? ' ' : '-'
    const start = `${code}${separator}${prefix}`
    return start + escapeLine(line, LONGEST_LINE - start.length)
  })
  return encodeFrame(ANSWER.replyCode, octets(encoded.join('\r\n')), NUL)
}

function escapeLine(line: string, room: number): string {
  // Control characters have no place in a reply (RFC 5321, 4.2: HT and printable characters).
  const clean = line.replace(/[\r\n\0]/g, '').replace(/[\u0001-\u0008\u000a-\u001f\u007f]/g, ' ')
  let escaped = clean.slice(0, room).replaceAll('%', '%%').slice(0, room)
  const percents = /(?<!%)%+$/.exec(escaped)?.[0].length ?? 0
  if (percents % 2 === 1) escaped = escaped.slice(0, -1)
  return escaped
}

/** Text on one line: what an address, a name or a reason may be. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\0]/g, '').slice(0, LONGEST_LINE)
}

/**
 * A header value: folds (line feed and white space) are kept in the one form both MTAs take, every other CR, LF and
 * NUL is removed, and no line of it is empty, as an empty line would end the header.
 */
export function cleanHeaderValue(value: string): string {
  return value
    .replace(/[\r\0]/g, '')
    .replace(/\n(?![ \t])/g, '')
    .replace(/\n[ \t]+(?=\n|$)/g, '')
}

/** With the leading space agreed the MTA puts none after the colon itself; without, it puts one. */
function spaced(value: string, agreement: Agreement): string {
  const clean = cleanHeaderValue(value)
  const startsWithSpace = clean.startsWith(' ') || clean.startsWith('\t') || clean.startsWith('\n')
  if ((agreement.steps & STEP.leadingSpace) !== 0) return startsWithSpace ? clean : ` ${clean}`
  return clean.startsWith(' ') ? clean.slice(1) : clean
}

function strings(...texts: readonly string[]): Buffer {
  return octets(`${texts.join('\0')}\0`)
}

function uint32(value: number): Buffer {
  const field = Buffer.alloc(4)
  field.writeUInt32BE(value)
  return field
}

/** An edit that can be sent, or the sentence why it cannot. */
export type EncodedEdit =
  | { readonly kind: 'frames'; readonly frames: readonly Buffer[] }
  | { readonly kind: 'impossible'; readonly why: string }

const NEEDS = {
  addHeader: ACTION.addHeaders,
  insertHeader: ACTION.addHeaders,
  changeHeader: ACTION.changeHeaders,
  removeHeader: ACTION.changeHeaders,
  addRecipient: ACTION.addRecipients,
  removeRecipient: ACTION.removeRecipients,
  changeSender: ACTION.changeSender,
  replaceBody: ACTION.replaceBody,
  quarantine: ACTION.quarantine,
} as const satisfies Record<Edit['kind'], number>

/** The frames of one edit. Never throws: an edit that cannot be sent must not cost the message its verdict. */
export function encodeEdit(edit: Edit, agreement: Agreement): EncodedEdit {
  const needs =
    edit.kind === 'addRecipient' && edit.parameters !== undefined
      ? ACTION.addRecipientsWithParameters
      : NEEDS[edit.kind]
  if ((agreement.actions & needs) === 0) return impossible(`the MTA did not agree to ${edit.kind}`)
  if (edit.kind === 'replaceBody') return { kind: 'frames', frames: bodyFrames(edit.body) }
  const invalid = invalidHeaderEdit(edit)
  if (invalid !== null) return impossible(invalid)
  const [answer, data] = editData(edit, agreement)
  if (data.length > LARGEST_ANSWER)
    return impossible(`${edit.kind} of ${data.length} octets, the MTA takes at most ${LARGEST_ANSWER}`)
  return { kind: 'frames', frames: [encodeFrame(answer, data)] }
}

function impossible(why: string): EncodedEdit {
  return { kind: 'impossible', why }
}

function invalidHeaderEdit(edit: Edit): string | null {
  if (!('name' in edit)) return null
  // A colon or a space in a name would move the border between name and value (RFC 5322, 3.6.8).
  if (!/^[\x21-\x39\x3b-\x7e]{1,998}$/.test(edit.name))
    return `${edit.kind} with the impossible header name ${JSON.stringify(edit.name.slice(0, 60))}`
  const [number, least] = 'nth' in edit ? [edit.nth, 1] : 'index' in edit ? [edit.index, 0] : [1, 1]
  return Number.isInteger(number) && number >= least && number <= 0x7fff_ffff
    ? null
    : `${edit.kind} at the impossible position ${number}`
}

function editData(edit: Exclude<Edit, { kind: 'replaceBody' }>, agreement: Agreement): [number, Buffer] {
  switch (edit.kind) {
    case 'addHeader':
      return [ANSWER.addHeader, strings(edit.name, spaced(edit.value, agreement))]
    case 'insertHeader':
      return [
        ANSWER.insertHeader,
        Buffer.concat([uint32(edit.index), strings(edit.name, spaced(edit.value, agreement))]),
      ]
    case 'changeHeader':
      return [
        ANSWER.changeHeader,
        Buffer.concat([uint32(edit.nth), strings(edit.name, spaced(edit.value, agreement))]),
      ]
    case 'removeHeader':
      // An empty value is how the protocol spells removal.
      return [ANSWER.changeHeader, Buffer.concat([uint32(edit.nth), strings(edit.name, '')])]
    case 'addRecipient':
      return edit.parameters === undefined
        ? [ANSWER.addRecipient, strings(path(edit.address))]
        : [ANSWER.addRecipientWithParameters, strings(path(edit.address), oneLine(edit.parameters))]
    case 'removeRecipient':
      return [ANSWER.removeRecipient, strings(path(edit.address))]
    case 'changeSender':
      return [
        ANSWER.changeSender,
        edit.parameters === undefined
          ? strings(path(edit.address))
          : strings(path(edit.address), oneLine(edit.parameters)),
      ]
    case 'quarantine':
      // libmilter refuses an empty reason, so MTAs may as well.
      return [ANSWER.quarantine, strings(oneLine(edit.reason) || 'quarantined')]
  }
}

function path(address: MailAddress): string {
  // once more: a caller without types may have put brackets around it
  return `<${oneLine(mailAddress(address))}>`
}

function bodyFrames(body: Uint8Array): Buffer[] {
  const frames: Buffer[] = []
  for (let start = 0; start < body.length || start === 0; start += LARGEST_ANSWER)
    frames.push(encodeFrame(ANSWER.replaceBody, body.subarray(start, start + LARGEST_ANSWER)))
  return frames
}

/** Our side of the negotiation, with the macro lists where the MTA takes them. */
export function encodeAgreement(agreement: Agreement): Buffer {
  const parts = [uint32(agreement.version), uint32(agreement.actions), uint32(agreement.steps)]
  if ((agreement.actions & ACTION.setMacroList) !== 0)
    for (const [number, stage] of MACRO_STAGES.entries()) {
      const names = agreement.macros[stage]
      if (names !== undefined && names.length > 0) parts.push(uint32(number), strings(names.join(' ')))
    }
  return encodeFrame(ANSWER.negotiate, ...parts)
}

/** The body found no room. */
export const NO_ROOM = encodeReply({ kind: 'tempfail' })
/** RFC 5321 section 4.5.3.1.10: the client sends the rest in another transaction. */
export const RECIPIENTS_FULL = encodeReply({
  kind: 'refuse',
  reply: { code: 452, enhanced: '4.5.3', text: 'Too many recipients' },
})
