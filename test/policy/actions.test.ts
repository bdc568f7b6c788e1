import { describe, expect, it } from '@jest/globals'
import { NO_AUTH_FACTS } from '../support/auth-facts.ts'
import { configSchema } from '../../lib/config/schema.ts'
import type { Edit } from '../../lib/milter/handler.ts'
import { answer } from '../../lib/policy/answer.ts'
import type { Report, Verdict } from '../../lib/policy/verdict.ts'

const report: Report = { score: 7, required: 5, hits: [{ name: 'T', score: 7 }], unavailable: [] }
const strip: Edit = { kind: 'replaceBody', body: Buffer.from('shorter') }
const answered = (verdict: Verdict, actions = {}) =>
  answer(
    verdict,
    {
      headers: [{ name: 'Subject', value: ' x' }],
      recipients: ['a@home.example', 'b@home.example'],
      auth: NO_AUTH_FACTS,
      descriptions: new Map(),
      edits: [strip],
      hostname: 'mx.example',
      reference: 'r1',
    },
    configSchema.parse({ actions }),
  ).edits
const headers = (edits: readonly Edit[]) =>
  edits.flatMap((edit) =>
    edit.kind === 'insertHeader' ? [`${edit.name}:${edit.value.split('\n')[0] ?? ''}`] : [],
  )

describe('actions', () => {
  it('names the junk folder only for mail that goes there', () => {
    const tag = { kind: 'tag', report, why: '' } as const
    expect(headers(answered({ ...tag, junk: true }, { junk_folder: 'Spam mail' }))).toContain(
      'X-Spam-Folder: Spam mail',
    )
    expect(headers(answered({ ...tag, junk: false })).join()).not.toContain('X-Spam-Folder')
  })

  it('copies tagged mail to an address', () => {
    const edits = answered(
      { kind: 'tag', report, why: '', junk: false },
      { copy_tagged_to: 'admin@home.example' },
    )
    expect(edits).toContainEqual({ kind: 'addRecipient', address: 'admin@home.example' })
    expect(
      answered({ kind: 'deliver', report, why: '' }, { copy_tagged_to: 'admin@home.example' }).some(
        ({ kind }) => kind === 'addRecipient',
      ),
    ).toBe(false)
  })

  it('keeps the original recipients of redirected mail in a header', () => {
    const edits = answered({ kind: 'redirect', report, why: '', to: 'q@home.example' })
    expect(headers(edits)).toEqual(
      expect.arrayContaining([
        'X-Spam-Original-Recipient: a@home.example',
        'X-Spam-Original-Recipient: b@home.example',
      ]),
    )
    expect(edits.filter(({ kind }) => kind.endsWith('Recipient'))).toEqual([
      { kind: 'removeRecipient', address: 'a@home.example' },
      { kind: 'removeRecipient', address: 'b@home.example' },
      { kind: 'addRecipient', address: 'q@home.example' },
    ])
  })

  it('takes attachments out of mail that goes on, last of all, and leaves held mail whole', () => {
    expect(answered({ kind: 'deliver', report, why: '' }).at(-1)).toBe(strip)
    expect(answered({ kind: 'quarantine', report, why: '' })).not.toContain(strip)
    expect(answered({ kind: 'redirect', report, why: '', to: 'q@home.example' })).not.toContain(strip)
  })
})
