import { describe, expect, it } from '@jest/globals'
import { Transaction } from '../../lib/milter/transaction.ts'

const SENDER = { address: 'a@example', parameters: [] }
const LIMITS = { bodyOctets: 10, headerOctets: 1000, headers: 3, recipients: 2 }
const keepHeader = (name: string) => name.startsWith('Keep')

function collected(names: readonly string[], limits: Partial<typeof LIMITS> = {}) {
  const mail = new Transaction(SENDER, { ...LIMITS, ...limits, keepHeader })
  for (const name of names) mail.addHeader({ name, value: ' x' })
  return { kept: mail.headers.map(({ name }) => name), left: mail.leftOut, truncated: mail.truncated }
}

describe('headers beyond the limits', () => {
  it('those that were named are kept, in their order', () => {
    expect(collected(['A', 'Keep', 'B', 'C', 'Keep', 'D', 'Keep-Too'])).toEqual({
      kept: ['A', 'Keep', 'B', 'Keep', 'Keep-Too'],
      left: { headers: 2, keptHeaders: 0, bodyOctets: 0, recipients: 0 },
      truncated: true,
    })
  })

  it('up to the same limits once more', () => {
    const { kept, left } = collected([...'ABC', ...Array.from({ length: 5 }, () => 'Keep')])
    expect(kept).toEqual(['A', 'B', 'C', 'Keep', 'Keep', 'Keep'])
    expect(left).toMatchObject({ headers: 2, keptHeaders: 2 })
  })

  it('octets have the same reserve as numbers', () => {
    const octets = 'Keep: x\r\n'.length
    const { kept, left } = collected(['Keep', 'Keep', 'Keep'], { headerOctets: octets })
    expect(kept).toEqual(['Keep', 'Keep'])
    expect(left).toMatchObject({ headers: 1, keptHeaders: 1 })
  })

  it('nothing is left out within them', () => {
    expect(collected(['A', 'Keep', 'B'])).toMatchObject({
      left: { headers: 0, keptHeaders: 0 },
      truncated: false,
    })
  })
})
