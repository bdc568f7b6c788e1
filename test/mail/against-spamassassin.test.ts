/** Our own mails, layer by layer as SpamAssassin 4.0.1 reads them; the expectations were recorded, see fixtures/README.md. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { parseMessage } from '../../lib/mail/message.ts'
import { splitMail } from '../../lib/mail/split.ts'
import { DEFAULT_URI_OPTIONS } from '../../lib/mail/uri.ts'
import { pairLayers } from '../support/sa-view.ts'
import type { SaView } from '../support/sa-view.ts'

const folder = new URL('./fixtures/', import.meta.url)
const names = readdirSync(folder).filter((name) => name.endsWith('.eml'))
const trust = { originatingIpHeaders: ['X-Originating-IP'] }

describe.each(names)('%s', (name) => {
  const message = parseMessage(splitMail(readFileSync(new URL(name, folder))))
  const theirs = JSON.parse(
    readFileSync(new URL(name.replace('.eml', '.expect.json'), folder), 'utf8'),
  ) as SaView
  it.each(
    [...pairLayers(message, theirs, DEFAULT_URI_OPTIONS, trust)].map((pair) => [pair.layer, pair] as const),
  )('%s', (_, pair) => {
    expect(pair.ours).toEqual(pair.theirs)
  })
})
