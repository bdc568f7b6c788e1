/**
 * The numbers of the milter protocol and the one error for a peer that breaks it.
 *
 * A milter connection carries frames: four octets of length in network order, one octet of command, the rest its
 * data. The names at the right are those of Sendmail's mfdef.h, where the protocol is defined (there is no RFC).
 * Nothing here knows a socket.
 */

/** Protocol versions this library speaks. */
export const OLDEST_VERSION = 2
export const NEWEST_VERSION = 6

/** What the MTA says. */
export const COMMAND = {
  abort: 0x41, // 'A' SMFIC_ABORT
  body: 0x42, // 'B' SMFIC_BODY
  connect: 0x43, // 'C' SMFIC_CONNECT
  macros: 0x44, // 'D' SMFIC_MACRO
  endOfMessage: 0x45, // 'E' SMFIC_BODYEOB
  helo: 0x48, // 'H' SMFIC_HELO
  quitNewConnection: 0x4b, // 'K' SMFIC_QUIT_NC
  header: 0x4c, // 'L' SMFIC_HEADER
  mail: 0x4d, // 'M' SMFIC_MAIL
  endOfHeaders: 0x4e, // 'N' SMFIC_EOH
  negotiate: 0x4f, // 'O' SMFIC_OPTNEG
  quit: 0x51, // 'Q' SMFIC_QUIT
  recipient: 0x52, // 'R' SMFIC_RCPT
  data: 0x54, // 'T' SMFIC_DATA
  unknown: 0x55, // 'U' SMFIC_UNKNOWN
} as const

/** What the milter answers. */
export const ANSWER = {
  addRecipient: 0x2b, // '+' SMFIR_ADDRCPT
  removeRecipient: 0x2d, // '-' SMFIR_DELRCPT
  addRecipientWithParameters: 0x32, // '2' SMFIR_ADDRCPT_PAR
  shutdown: 0x34, // '4' SMFIR_SHUTDOWN
  negotiate: 0x4f, // 'O' SMFIC_OPTNEG
  accept: 0x61, // 'a' SMFIR_ACCEPT
  replaceBody: 0x62, // 'b' SMFIR_REPLBODY
  continue: 0x63, // 'c' SMFIR_CONTINUE
  discard: 0x64, // 'd' SMFIR_DISCARD
  changeSender: 0x65, // 'e' SMFIR_CHGFROM
  connectionFailure: 0x66, // 'f' SMFIR_CONN_FAIL
  addHeader: 0x68, // 'h' SMFIR_ADDHEADER
  insertHeader: 0x69, // 'i' SMFIR_INSHEADER
  changeHeader: 0x6d, // 'm' SMFIR_CHGHEADER
  progress: 0x70, // 'p' SMFIR_PROGRESS
  quarantine: 0x71, // 'q' SMFIR_QUARANTINE
  reject: 0x72, // 'r' SMFIR_REJECT
  skip: 0x73, // 's' SMFIR_SKIP
  tempfail: 0x74, // 't' SMFIR_TEMPFAIL
  replyCode: 0x79, // 'y' SMFIR_REPLYCODE
} as const

/** Changes of a message that MTA and milter agree on beforehand. */
export const ACTION = {
  addHeaders: 0x001, // SMFIF_ADDHDRS
  replaceBody: 0x002, // SMFIF_CHGBODY
  addRecipients: 0x004, // SMFIF_ADDRCPT
  removeRecipients: 0x008, // SMFIF_DELRCPT
  changeHeaders: 0x010, // SMFIF_CHGHDRS
  quarantine: 0x020, // SMFIF_QUARANTINE
  changeSender: 0x040, // SMFIF_CHGFROM
  addRecipientsWithParameters: 0x080, // SMFIF_ADDRCPT_PAR
  setMacroList: 0x100, // SMFIF_SETSYMLIST
} as const

/** Steps of the protocol that can be left out or added. */
export const STEP = {
  noConnect: 0x000001, // SMFIP_NOCONNECT
  noHelo: 0x000002, // SMFIP_NOHELO
  noMail: 0x000004, // SMFIP_NOMAIL
  noRecipient: 0x000008, // SMFIP_NORCPT
  noBody: 0x000010, // SMFIP_NOBODY
  noHeaders: 0x000020, // SMFIP_NOHDRS
  noEndOfHeaders: 0x000040, // SMFIP_NOEOH
  noReplyHeader: 0x000080, // SMFIP_NR_HDR
  noUnknown: 0x000100, // SMFIP_NOUNKNOWN
  noData: 0x000200, // SMFIP_NODATA
  skip: 0x000400, // SMFIP_SKIP
  rejectedRecipients: 0x000800, // SMFIP_RCPT_REJ
  noReplyConnect: 0x001000, // SMFIP_NR_CONN
  noReplyHelo: 0x002000, // SMFIP_NR_HELO
  noReplyMail: 0x004000, // SMFIP_NR_MAIL
  noReplyRecipient: 0x008000, // SMFIP_NR_RCPT
  noReplyData: 0x010000, // SMFIP_NR_DATA
  noReplyUnknown: 0x020000, // SMFIP_NR_UNKN
  noReplyEndOfHeaders: 0x040000, // SMFIP_NR_EOH
  noReplyBody: 0x080000, // SMFIP_NR_BODY
  leadingSpace: 0x100000, // SMFIP_HDR_LEADSPC
} as const

/** Everything an MTA of version 6 can offer. */
export const ALL_ACTIONS = 0x1ff // SMFI_CURR_ACTS
export const ALL_STEPS = 0x1fffff // SMFI_CURR_PROT
/** What a version 2 MTA means when it names no flags at all (as libmilter reads it). */
export const OLDEST_ACTIONS = 0x0f // SMFI_V1_ACTS
export const OLDEST_STEPS = 0x3f // SMFI_V1_PROT

/** Stages for which a milter can name the macros it wants, in the protocol's order (SMFIM_CONNECT to SMFIM_EOH). */
export const MACRO_STAGES = [
  'connect',
  'helo',
  'sender',
  'recipient',
  'data',
  'endOfMessage',
  'endOfHeaders',
] as const
export type MacroStage = (typeof MACRO_STAGES)[number]

/** The largest data of one frame towards the MTA: Sendmail closes the connection on more (MILTER_MAX_DATA_SIZE). */
export const LARGEST_ANSWER = 65_535

export type ProtocolErrorCode =
  | 'frame-empty'
  | 'frame-too-long'
  | 'frame-truncated'
  | 'unknown-command'
  | 'data-truncated'
  | 'missing-nul'
  | 'left-over-octets'
  | 'bad-value'
  | 'wrong-order'
  | 'version'
  | 'missing-offer'

/**
 * The peer broke the protocol, or cannot do what is needed of it. Ends that connection and nothing else.
 * `code` is stable, for tests and statistics; `message` is for the log.
 */
export class ProtocolError extends Error {
  readonly code: ProtocolErrorCode

  constructor(code: ProtocolErrorCode, message: string) {
    super(message)
    this.name = 'ProtocolError'
    this.code = code
  }
}

/** A command or answer octet as it reads in a log line: `'C'`, or `0x07` where it is no printable character. */
export function octetName(octet: number): string {
  return octet > 0x20 && octet < 0x7f
    ? `'${String.fromCharCode(octet)}'`
    : `0x${octet.toString(16).padStart(2, '0')}`
}

/**
 * Text as octets, one per character. A character that does not fit into one octet becomes `?`: plain truncation
 * would turn U+010A into a line feed, and so let text forge lines.
 */
export function octets(text: string): Buffer {
  return Buffer.from(/[^\u0000-\u00ff]/.test(text) ? text.replace(/[^\u0000-\u00ff]/g, '?') : text, 'latin1')
}
