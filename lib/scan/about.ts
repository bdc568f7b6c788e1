/** The headers by which people recognise a mail, made fit for one line of a log. */
import type { RawHeader } from '../milter/handler.ts'
import type { About } from './job.ts'
import { plainText } from '../plain-text.ts'
import { decodeWords } from '../mail/words.ts'

const MAX_LENGTH = 300

export function aboutMail(headers: readonly RawHeader[]): About {
  const find = (name: string) => headers.find((header) => header.name.toLowerCase() === name)?.value ?? ''
  return {
    messageId: readable(find('message-id')),
    from: readable(decodeWords(find('from').slice(0, 2000))),
    subject: readable(decodeWords(find('subject').slice(0, 2000))),
  }
}

/** Octets (UTF-8 where they are text) -> characters, without controls. */
function readable(octets: string): string {
  const text = Buffer.from(octets.slice(0, 2000), 'latin1').toString('utf8')
  return plainText(text).trim().slice(0, MAX_LENGTH)
}
