/**
 * What the MTA offers and what the handler implements, to what both will do.
 *
 * No frame is asked for that nobody would look at, and no reply is promised that nobody would decide: with no header
 * callback, a message of 40 headers costs one round trip in place of 40. DATA is answered even though nobody decides
 * there: with no reply asked for at any stage, Postfix over TCP waits about 40 ms per message, because its Nagle
 * algorithm holds back the headers until our delayed acknowledgement of the envelope.
 */

import type { Offer } from './command.ts'
import type { MilterHandler } from './handler.ts'
import {
  ACTION,
  ALL_ACTIONS,
  NEWEST_VERSION,
  OLDEST_ACTIONS,
  OLDEST_STEPS,
  OLDEST_VERSION,
  ProtocolError,
  STEP,
  type MacroStage,
} from './wire.ts'

/** Macro names wanted per stage; a stage left out keeps the MTA's own list. */
export type MacroLists = { readonly [S in MacroStage]?: readonly string[] }

/** What both sides do from now on. */
export interface Agreement {
  readonly version: number
  /** ACTION bits. */
  readonly actions: number
  /** STEP bits. */
  readonly steps: number
  /** Sent to the MTA where it takes macro lists. */
  readonly macros: MacroLists
}

/** Which callbacks a handler has. */
export type Callbacks = { readonly [K in keyof Required<MilterHandler>]: boolean }

export interface NegotiationOptions {
  readonly macros: MacroLists
  /** ACTION bits without which the connection is refused. */
  readonly requiredActions: number
  /** Whether body chunks are answered although no callback looks at them: needed to stop an MTA at the body limit. */
  readonly answerBody: boolean
}

/**
 * The macros a mail filter can use, per stage. The MTA sends those that have a value; a list replaces the one of the
 * MTA's own configuration for that stage. `v` tells which MTA it is. Sendmail takes at most 50 names per stage.
 */
export const DEFAULT_MACROS: MacroLists = {
  connect: [
    'j',
    '_',
    'v',
    '{daemon_name}',
    '{daemon_addr}',
    '{daemon_port}',
    '{if_name}',
    '{if_addr}',
    '{client_addr}',
    '{client_name}',
    '{client_ptr}',
    '{client_port}',
    '{client_resolve}',
    '{client_connections}',
    '{client_rate}',
    // there only where TLS begins before the greeting, as on port 465
    '{tls_version}',
  ],
  helo: ['{tls_version}', '{cipher}', '{cipher_bits}', '{verify}', '{cert_subject}', '{cert_issuer}'],
  sender: [
    'i',
    '{auth_type}',
    '{auth_authen}',
    '{auth_author}',
    '{auth_ssf}',
    '{tls_version}',
    '{cipher}',
    '{cipher_bits}',
    '{verify}',
    '{client_addr}',
    '{client_name}',
    '{client_ptr}',
    '{mail_addr}',
    '{mail_host}',
    '{mail_mailer}',
  ],
  recipient: ['i', '{rcpt_addr}', '{rcpt_host}', '{rcpt_mailer}'],
  data: ['i'],
  endOfHeaders: ['i'],
  endOfMessage: ['i', '{msg_id}', '{auth_authen}', '{auth_type}'],
}

/** Which callbacks are there. */
export function callbacksOf(handler: MilterHandler): Callbacks {
  return {
    connect: handler.connect !== undefined,
    helo: handler.helo !== undefined,
    sender: handler.sender !== undefined,
    recipient: handler.recipient !== undefined,
    rejectedRecipient: handler.rejectedRecipient !== undefined,
    data: handler.data !== undefined,
    unknown: handler.unknown !== undefined,
    header: handler.header !== undefined,
    endOfHeaders: handler.endOfHeaders !== undefined,
    body: handler.body !== undefined,
    message: handler.message !== undefined,
    aborted: handler.aborted !== undefined,
    closed: handler.closed !== undefined,
  }
}

/** Whether anything of a mail transaction concerns this handler. */
export function wantsTransactions(has: Callbacks): boolean {
  return wantsContent(has) || has.sender || has.recipient || has.rejectedRecipient || has.data || has.aborted
}

function wantsContent(has: Callbacks): boolean {
  return has.header || has.endOfHeaders || has.body || has.message
}

/**
 * Settles the protocol for one connection.
 *
 * @throws ProtocolError `version` for an MTA older than version 2, `missing-offer` when it lacks a required action
 */
export function negotiate(offer: Offer, has: Callbacks, options: NegotiationOptions): Agreement {
  if (offer.version < OLDEST_VERSION)
    throw new ProtocolError(
      'version',
      `the MTA speaks protocol version ${offer.version}, at least ${OLDEST_VERSION} is needed`,
    )
  const { actions, steps } = readOffer(offer)
  const missing = options.requiredActions & ~actions
  if (missing !== 0)
    throw new ProtocolError(
      'missing-offer',
      `the MTA does not offer ${actionNames(missing)}, which is needed`,
    )
  return {
    version: Math.min(offer.version, NEWEST_VERSION),
    actions: actions & wantedActions(has),
    steps: steps & wantedSteps(has, options),
    macros: options.macros,
  }
}

/** A version 2 MTA that names no flags means the first version's, as libmilter reads it. */
function readOffer({ version, actions, steps }: Offer): { actions: number; steps: number } {
  if (version > OLDEST_VERSION) return { actions, steps }
  return { actions: actions === 0 ? OLDEST_ACTIONS : actions, steps: steps === 0 ? OLDEST_STEPS : steps }
}

function wantedActions(has: Callbacks): number {
  // Only at the end of the message can anything be edited.
  return has.message ? ALL_ACTIONS : ACTION.setMacroList
}

function wantedSteps(has: Callbacks, options: NegotiationOptions): number {
  const recipients = has.recipient || has.rejectedRecipient || has.data || has.message
  return (
    STEP.leadingSpace |
    STEP.skip |
    when(!has.connect, STEP.noReplyConnect) |
    when(!has.helo, STEP.noReplyHelo) |
    when(!wantsTransactions(has), STEP.noMail | (has.helo ? 0 : STEP.noHelo)) |
    when(!has.sender, STEP.noReplyMail) |
    when(!recipients, STEP.noRecipient) |
    when(!has.recipient, STEP.noReplyRecipient) |
    when(has.rejectedRecipient, STEP.rejectedRecipients) |
    when(!has.data && !wantsContent(has), STEP.noData) |
    when(!has.unknown, STEP.noUnknown | STEP.noReplyUnknown) |
    when(!has.header && !has.message, STEP.noHeaders) |
    when(!has.header, STEP.noReplyHeader) |
    when(!has.endOfHeaders, STEP.noEndOfHeaders | STEP.noReplyEndOfHeaders) |
    when(!has.body && !has.message, STEP.noBody) |
    when(!has.body && !(has.message && options.answerBody), STEP.noReplyBody)
  )
}

function when(condition: boolean, bits: number): number {
  return condition ? bits : 0
}

function actionNames(bits: number): string {
  return Object.entries(ACTION)
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name)
    .join(', ')
}
