import { describe, expect, it } from '@jest/globals'
import type { Check, HeloInput } from '../../lib/checks/check.ts'
import { CheckRun } from '../../lib/checks/run.ts'
import { recipientInput, testContext } from '../support/session.ts'

describe('the runner', () => {
  it('keeps the answer about the latest HELO, also when the one about the earlier comes last', async () => {
    const check: Check<'helo'> = {
      name: 'slow_first',
      stage: 'helo',
      join: 'recipient',
      enabled: () => true,
      run: async ({ helo }: HeloInput) => {
        await new Promise((resolve) => setTimeout(resolve, helo === 'first' ? 80 : 5))
        return { kind: 'hits', hits: [{ name: 'SAID', detail: helo }] }
      },
    }
    const run = new CheckRun({ checks: [check], context: testContext(), deadline: 1000 })
    run.start('helo', recipientInput({ helo: 'first' }), false)
    run.forget('helo')
    run.start('helo', recipientInput({ helo: 'second' }), false)
    await run.join('recipient')
    await new Promise((resolve) => setTimeout(resolve, 120))
    expect(run.results().get('slow_first')).toMatchObject({ hits: [{ detail: 'second' }] })
  })
})
