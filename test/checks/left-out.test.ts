import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { decides } from '../../lib/checks/deciding-headers.ts'
import { judge } from '../../lib/checks/left-out.ts'
import { parseMessage } from '../../lib/mail/message.ts'

const NOTHING = { headers: 0, keptHeaders: 0, bodyOctets: 0, recipients: 0 }

describe('what the limits left out', () => {
  it('is points by default, a refusal by configuration', () => {
    const some = { ...NOTHING, headers: 3 }
    expect(judge(NOTHING, 'reject')).toBeNull()
    expect(judge(some, 'score')).toEqual({
      kind: 'hits',
      hits: [{ name: 'HEADERS_LEFT_OUT', detail: '3 headers over the limit' }],
    })
    expect(judge(some, 'reject')).toMatchObject({
      demands: [{ action: 'reject', codes: { code: 552, enhanced: '5.3.4' } }],
    })
  })

  it('refuses what could carry forged verdicts past their removal, allow lists or not', () => {
    expect(judge({ ...NOTHING, headers: 3, keptHeaders: 1 }, 'score')).toMatchObject({
      demands: [{ action: 'reject', overridesAllow: true }],
    })
  })

  it('the end of the body is a hit, never a refusal', () => {
    expect(judge({ ...NOTHING, bodyOctets: 5 }, 'reject')).toEqual({
      kind: 'hits',
      hits: [{ name: 'BODY_LEFT_OUT', detail: '5 octets over the limit' }],
    })
  })
})

describe('headers that decide', () => {
  it.each([
    'MIME-Version',
    'content-TYPE',
    'From ',
    'X-Spam-Flag',
    'ARC-Seal',
    'List-Id',
    'Authentication-Results',
  ])('%s', (name) => expect(decides(name)).toBe(true))
  it.each(['X-N', 'Xfrom', 'Fromage', 'X-Contents', ''])('not %s', (name) =>
    expect(decides(name)).toBe(false),
  )

  it('every header that a shipped rule names is one', () => {
    const folder = join(import.meta.dirname, '../../rules')
    const text = readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n')
    const named = [...text.matchAll(/^\s*header\s+\S+\s+(?:exists:)?([A-Za-z][A-Za-z-]*)(?=[:\s])/gm)]
      .map(([, name = '']) => name)
      .filter(
        (name) =>
          !/^(?:ALL|EnvelopeFrom|ToCc|MESSAGEID|eval)$/i.test(name) && !name.startsWith('X-Spam-Relays'),
      )
    expect(named.length).toBeGreaterThan(50)
    expect(named.filter((name) => !decides(name))).toEqual([])
  })
})

describe('headers that give a mail its structure', () => {
  const parsed = (padding: number) =>
    parseMessage({
      headers: [{ name: 'Content-Type', value: ` multipart/mixed;${' '.repeat(padding)}boundary=b` }],
      body: Buffer.from('--b\nContent-Type: application/zip\n\nPK\n--b--\n'),
    })
  const codes = (padding: number) => parsed(padding).defects.map(({ code }) => code)

  it('are read beyond the 8 KB of other headers', () => {
    expect(parsed(9000).leaves.map(({ type }) => type)).toEqual(['application/zip'])
    expect(codes(9000)).not.toContain('structure-cut')
  })
  it('what is over 64 KB is a defect', () => expect(codes(70_000)).toContain('structure-cut'))
})
