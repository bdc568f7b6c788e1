import { describe, expect, it } from '@jest/globals'
import { decodeOffered } from '../../lib/milter/answer.ts'
import type { MilterHandler, Reply } from '../../lib/milter/handler.ts'
import { callbacksOf, DEFAULT_MACROS, negotiate } from '../../lib/milter/negotiate.ts'
import { encodeAgreement } from '../../lib/milter/reply.ts'
import { ACTION, ALL_ACTIONS, ALL_STEPS, MACRO_STAGES, STEP } from '../../lib/milter/wire.ts'

const proceed = (): Reply => ({ kind: 'continue' })
const done = (): { reply: Reply; edits: [] } => ({ reply: { kind: 'accept' }, edits: [] })
const options = { macros: {}, requiredActions: 0, answerBody: true }
const everything = { version: 6, actions: ALL_ACTIONS, steps: ALL_STEPS }

function steps(handler: MilterHandler, answerBody = true): string[] {
  const agreed = negotiate(everything, callbacksOf(handler), { ...options, answerBody }).steps
  return Object.entries(STEP).flatMap(([name, bit]) => ((agreed & bit) === 0 ? [] : [name]))
}

describe('negotiation', () => {
  it('for a handler of whole messages: replies to DATA and to body chunks only', () => {
    expect(steps({ message: done })).toEqual([
      'noEndOfHeaders',
      'noReplyHeader',
      'noUnknown',
      'skip',
      'noReplyConnect',
      'noReplyHelo',
      'noReplyMail',
      'noReplyRecipient',
      'noReplyUnknown',
      'noReplyEndOfHeaders',
      'leadingSpace',
    ])
  })

  it('without a body limit body chunks need no reply', () => {
    expect(steps({ message: done }, false)).toContain('noReplyBody')
  })

  it('for a handler of everything: nothing is left out', () => {
    const handler = {
      connect: proceed,
      helo: proceed,
      sender: proceed,
      recipient: proceed,
      rejectedRecipient: () => undefined,
      data: proceed,
      unknown: proceed,
      header: proceed,
      endOfHeaders: proceed,
      body: proceed,
      message: done,
    }
    expect(steps(handler)).toEqual(['skip', 'rejectedRecipients', 'leadingSpace'])
  })

  it('for a handler of connections: no mail is sent at all', () => {
    const left = steps({ connect: proceed })
    expect(left).toEqual(
      expect.arrayContaining([
        'noHelo',
        'noMail',
        'noRecipient',
        'noData',
        'noHeaders',
        'noEndOfHeaders',
        'noBody',
      ]),
    )
    expect(left).not.toContain('noReplyConnect')
  })

  it('never leaves out the reply to DATA where content follows', () => {
    const handlers: MilterHandler[] = [
      { message: done },
      { header: proceed },
      { body: proceed },
      { data: proceed },
    ]
    for (const handler of handlers) {
      expect(steps(handler)).not.toContain('noData')
      expect(steps(handler)).not.toContain('noReplyData')
    }
  })

  it('takes no more than is offered', () => {
    const offer = { version: 4, actions: ACTION.addHeaders, steps: STEP.noHelo | STEP.noUnknown }
    expect(negotiate(offer, callbacksOf({ message: done }), options)).toMatchObject({
      version: 4,
      actions: ACTION.addHeaders,
      steps: STEP.noUnknown,
    })
  })

  it.each([
    [2, 2],
    [3, 3],
    [4, 4],
    [6, 6],
    [7, 6],
    [0xffffffff, 6],
  ])('with version %d is version %d', (version, expected) => {
    expect(negotiate({ ...everything, version }, callbacksOf({}), options).version).toBe(expected)
  })

  it('names what is missing', () => {
    const needs = { ...options, requiredActions: ACTION.addHeaders | ACTION.quarantine }
    expect(() => negotiate({ ...everything, actions: 1 }, callbacksOf({ message: done }), needs)).toThrow(
      'the MTA does not offer quarantine, which is needed',
    )
  })

  it('asks for macros in a form that an MTA reads back', () => {
    const agreement = negotiate(everything, callbacksOf({ message: done }), {
      ...options,
      macros: DEFAULT_MACROS,
    })
    const frame = encodeAgreement(agreement)
    expect(decodeOffered({ command: frame[4] ?? 0, data: frame.subarray(5) })).toEqual({
      version: 6,
      actions: ALL_ACTIONS,
      steps: agreement.steps,
      macros: DEFAULT_MACROS,
    })
  })

  it('asks for no macros where the MTA does not take lists', () => {
    const offer = { ...everything, actions: ALL_ACTIONS & ~ACTION.setMacroList }
    const agreement = negotiate(offer, callbacksOf({ message: done }), { ...options, macros: DEFAULT_MACROS })
    expect(encodeAgreement(agreement)).toHaveLength(5 + 12)
  })

  it('asks Sendmail for no more than its 50 macros a stage', () => {
    for (const stage of MACRO_STAGES) expect(DEFAULT_MACROS[stage]?.length).toBeLessThanOrEqual(50)
  })
})
