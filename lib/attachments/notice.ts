/** The words that stand in place of an attachment, and the notice to its sender. Pure; names come from the mail. */
import { plainText } from '../plain-text.ts'

export interface TakenOut {
  /** As the mail calls it, or as found inside an archive. */
  readonly name: string
  /** Name of the rule, such as ATTACHED_PROGRAM. */
  readonly hit: string
  /** The rule's own words; may be empty. */
  readonly text: string
}

const MOST_NAMES = 20

/** One line, no control characters, no way to pass for something else. */
const plain = (text: string, most: number): string => plainText(text).slice(0, most)

export function placeholder(taken: readonly TakenOut[], signature: string): string {
  const [first] = taken
  return [
    `An attachment was removed here: ${taken
      .slice(0, MOST_NAMES)
      .map(({ name }) => `"${plain(name, 150)}"`)
      .join(', ')}.`,
    `Reason: ${first === undefined ? '' : plain(first.text || first.hit, 400)}`,
    `Before that the signature of this mail was: ${plain(signature, 200)}.`,
    'If you expected the file, ask the sender for another way, or ask your administrator.',
    '',
  ].join('\n')
}

export interface Notice {
  readonly from: string
  readonly to: string
  readonly host: string
  readonly subject: string
  readonly messageId: string
  readonly recipients: readonly string[]
  readonly taken: readonly TakenOut[]
  readonly date: Date
  readonly id: string
}

/** A whole message, ASCII, marked so that no machine answers it (RFC 3834). */
export function noticeMail(notice: Notice): string {
  const ascii = (text: string, most: number) => plain(text, most).replace(/[^\x20-\x7e]/g, '?')
  const list = notice.taken
    .slice(0, MOST_NAMES)
    .map(({ name, hit, text }) => `  ${ascii(name, 150)} (${ascii(text || hit, 200)})`)
  return [
    `From: ${ascii(notice.from, 320)}`,
    `To: ${ascii(notice.to, 320)}`,
    'Subject: An attachment of your mail was removed',
    `Date: ${notice.date.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${ascii(notice.id, 100)}@${ascii(notice.host, 253)}>`,
    ...(/^<[^<>\s]{1,300}>$/.test(notice.messageId) ? [`In-Reply-To: ${ascii(notice.messageId, 320)}`] : []),
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    `Your mail "${ascii(notice.subject, 200)}"`,
    `to ${ascii(notice.recipients.slice(0, 5).join(', '), 400)}`,
    'was delivered without these files, which are not accepted here:',
    '',
    ...list,
    '',
    'Please send them in another way.',
    '',
  ].join('\r\n')
}
