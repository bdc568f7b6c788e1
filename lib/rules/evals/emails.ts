/** Mail addresses in texts: what FreeMail and HashBL take for one, and those that stand in the body. */
import type { Octets } from '../../mail/message.ts'
import type { EvalInput } from '../eval.ts'
import { lower, unique } from './octets.ts'

const ATOM = "[a-z0-9!#$%&'*+\\/=?^_`{|}~-]"
/** A local part of at most 64 characters, one to four labels, and what must be looked at to be a top level domain. */
const EMAIL = `(?<!${ATOM})(?=[a-z0-9.!#$%&'*+\\/=?^_\`{|}~-]{1,64}@)${ATOM}+(?:\\.${ATOM}+)*@(?:[a-z0-9](?:[a-z0-9-]{0,59}[a-z0-9])?\\.){1,4}[a-z0-9-]{2,63}(?![a-z0-9-]|\\.[a-z0-9])`
/** Role accounts and machine-made local parts, which tell nothing about a person. */
export const ROLE =
  '^(?:abuse|support|sales|info|helpdesk|contact|kontakt|(?:post|host|domain)master|undisclosed[^@\\n\\r\\u2028\\u2029]*|request-[a-f0-9]{16}|bounced?-|' +
  '[a-f0-9]{8}(?:\\.[a-f0-9]{8}|-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12})|' +
  '.[^=\\n\\r\\u2028\\u2029]*=.[^=\\n\\r\\u2028\\u2029]*=.[^@\\n\\r\\u2028\\u2029]*)@'
const FIND = new RegExp(EMAIL, 'gi')
const URL_WITH_ADDRESS = /<?https?:\/\/[^ \t\n\r\f\v]{0,255}(?:@|%40)[^ \t\n\r\f\v]{0,255}/gi
/** Addresses in the marks of a quoted mail's header: `<a@b>`, `a@b wrote:`. */
const QUOTED = new RegExp(
  `<?(?<!mailto:)(${EMAIL})(?:>|[ \\t\\n\\r\\f\\v]{1,10}(?!(?:fa(?:x|csi)|tel|phone|e?-?mail))[a-z]{2,11}:)`,
  'gi',
)
const MOST_LINKED = 20
const MOST = 40

/** Addresses in a text, in order, repeats kept. */
export function findEmails(input: EvalInput, text: Octets): readonly Octets[] {
  if (!text.includes('@')) return []
  return (text.match(FIND) ?? []).filter((email) => exists(input, email))
}

function exists(input: EvalInput, email: Octets): boolean {
  return input.domains.valid(email.slice(email.lastIndexOf('@') + 1))
}

/** The text with links that hold an address, and addresses in quotation marks of mail programs, taken out. */
export function withoutQuoted(
  input: EvalInput,
  text: Octets,
  what: { uri: boolean; quote: boolean },
): Octets {
  if (!text.includes('@') && !text.includes('%40')) return text
  const plain = what.uri ? text.replace(URL_WITH_ADDRESS, ' ') : text
  if (!what.quote) return plain
  return plain.replace(QUOTED, (all, email: string) => (exists(input, email) ? ' ' : all))
}

/** Addresses that HTML links to with mailto:, as they stand after it. */
export function linkedEmails(input: EvalInput): readonly Octets[] {
  return input
    .uris()
    .filter(({ types, uri }) => types.has('a') && !types.has('parsed') && /^mailto:/i.test(uri))
    .map(({ uri }) => uri.slice('mailto:'.length))
}

const KEY = {}

/** Addresses a reader finds in the body, lower case, each once, at most 40. */
export function bodyEmails(input: EvalInput): readonly Octets[] {
  return input.memo(KEY, () => {
    const linked = linkedEmails(input).flatMap((text) => {
      const email = findEmails(input, text)[0]
      return email !== undefined && text.startsWith(email) ? [lower(email)] : []
    })
    const found = unique(linked).slice(0, MOST_LINKED)
    for (const paragraph of input.message.rendered()) {
      if (!paragraph.includes('@')) continue
      found.push(...findEmails(input, withoutQuoted(input, paragraph, { uri: true, quote: true })).map(lower))
      if (found.length > 10 * MOST) break
    }
    return unique(found).slice(0, MOST)
  })
}
