/** Encoded words (RFC 2047) and stray 8-bit text in headers, to UTF-8 octets. */
import { decodeText } from './charset.ts'
import { hasNonAscii, toUtf8 } from './octets.ts'
import type { Octets } from './octets.ts'
import { SPACE } from './space.ts'
import { decodeBase64, decodeQuotedPrintable } from './transfer.ts'

const NEVER_ENCODED =
  /^(?:received|(?:resent-)?(?:message-id|date)|mime-version|references|in-reply-to|list-[^\n]*)$/i
const WORD = '=\\?[A-Za-z0-9*_-]+\\?[bqBQ]\\?[^?]*\\?='
const BETWEEN_WORDS = new RegExp(`(${WORD})[${SPACE}]+(?=${WORD})`, 'g')
const PIECES = /=\?([A-Za-z0-9*_-]+)\?([bqBQ])\?([^?]*)\?=|[^=]+|=/g

/**
 * Decodes a header value. Headers that must not hold encoded words (Received, Message-ID, Date, References,
 * In-Reply-To, MIME-Version, List-*) are left alone but for their charset. Adjacent words of one charset are joined
 * before they are decoded, since mailers cut characters in two.
 */
export function decodeWords(value: Octets, headerName = ''): Octets {
  if (value === '') return ''
  let text = value.includes('\n') ? value.replace(/\n[ \t]/g, '\n ').replace(/\r?\n/g, '') : value
  if (hasNonAscii(text)) text = toUtf8(decodeText(text, 'UTF-8'))
  if (!text.includes('=?') || NEVER_ENCODED.test(headerName)) return text
  return decodePieces(text.replace(BETWEEN_WORDS, '$1'))
}

function decodePieces(text: Octets): Octets {
  let result = ''
  let charset = ''
  let octets = ''
  const flush = () => {
    result += charset === '' ? octets : toUtf8(decodeText(octets, charset.split('*', 1)[0]!, true))
    octets = ''
  }
  for (const [piece, label, encoding, data = ''] of text.matchAll(PIECES)) {
    const next = label === undefined ? '' : label.toLowerCase()
    if (next !== charset) flush()
    charset = next
    octets += label === undefined ? piece : decodeWord(encoding!, data)
  }
  flush()
  return result
}

function decodeWord(encoding: string, data: Octets): Octets {
  return encoding === 'B' || encoding === 'b'
    ? decodeBase64(data)
    : decodeQuotedPrintable(data.replaceAll('_', '=20'))
}
