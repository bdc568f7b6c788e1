/**
 * An envelope address as edits take it: bare, without the angle brackets of a path. The MTA gets it as a path, and an
 * address that already had brackets would become one with two pairs, which Postfix bounces to the sender.
 */

declare const BARE: unique symbol
/** `user@host`, or '' for the null sender. Made by `mailAddress`. */
export type MailAddress = string & { readonly [BARE]: true }

/** Any spelling of an address, with or without brackets and the blanks around them -> the bare address on one line. */
export function mailAddress(text: string): MailAddress {
  const line = text.replace(/[\r\n\0]/g, '').trim()
  let start = 0
  let end = line.length
  while (start < end && (line[start] === '<' || line[start] === ' ')) start++
  // a quoted local part may end in a bracket, the address itself ends in its domain
  while (end > start && (line[end - 1] === '>' || line[end - 1] === ' ')) end--
  return line.slice(start, end) as MailAddress
}
