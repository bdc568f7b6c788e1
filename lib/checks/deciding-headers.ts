/**
 * Headers that decide what a mail is: those that give it its structure, those that mail programs show, those that
 * checks and the shipped rules read, and those that other filters and people's sieve scripts believe. They are kept
 * however many others stand before them.
 */

const NAMES: ReadonlySet<string> = new Set(
  [
    'mime-version from sender reply-to to cc bcc subject date message-id in-reply-to references return-path',
    'received received-spf delivered-to errors-to x-original-to envelope-to x-envelope-to x-envelope-from',
    'apparently-to x-originating-ip dkim-signature domainkey-signature authentication-results precedence',
    'auto-submitted x-mailer user-agent x-mimeole x-priority x-msmail-priority importance mailing-list',
    'disposition-notification-to return-receipt-to organization thread-index x-auto-response-suppress',
  ].flatMap((names) => names.split(' ')),
)
const BEGINNINGS = ['content-', 'arc-', 'x-spam-', 'list-', 'resent-', 'x-hamlet-', 'x-microsoft-antispam']

/** Whether the header of this name is kept beyond the limits; white space before the colon is no part of a name. */
export function decides(name: string): boolean {
  const plain = name.trim().toLowerCase()
  return NAMES.has(plain) || BEGINNINGS.some((beginning) => plain.startsWith(beginning))
}
