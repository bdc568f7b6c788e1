/**
 * The Received header that the MTA will put on top of the mail but does not show to milters. Rules about relays need
 * it: without it the first relay they see is one hop further away, and the client that delivered is nowhere.
 */
import type { RawHeader } from '../milter/handler.ts'
import { cleanText } from '../plain-text.ts'
import type { ScanJob } from './job.ts'

/** In Postfix's form, which every Received parser knows; null when the client is unknown (a mail in a file). */
export function receivedHeader(job: ScanJob, now: number): RawHeader | null {
  const { client, macros, trusted } = job.session
  if (client.address === null) return null
  const name = /^\[.*\]$/.test(client.hostname) ? 'unknown' : word(client.hostname)
  const address = client.address.includes(':') ? `IPv6:${client.address}` : client.address
  const tls = macros.has('{tls_version}') ? 'S' : ''
  const protocol = `ESMTP${tls}${job.user === null ? '' : 'A'}`
  const by = word(macros.get('j') ?? 'localhost')
  const id = job.queueId === '' ? '' : ` id ${word(job.queueId)}`
  const date = new Date(now).toUTCString().replace('GMT', '+0000')
  const helo = word(job.helo === '' ? client.address : job.helo)
  const comment = trusted ? ' (a trusted client)' : ''
  return {
    name: 'Received',
    value: ` from ${helo} (${name} [${address}])${comment}\n\tby ${by} (Postfix) with ${protocol}${id};\n\t${date}`,
  }
}

/** What the client said goes into a structured header: nothing that could end a word or open a comment. */
const word = (text: string): string => cleanText(text, 255).replace(/[\s()<>;"\\]/g, '') || 'unknown'
