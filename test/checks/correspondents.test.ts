import { describe, expect, it } from '@jest/globals'
import type { AuthFacts, SignatureFact } from '../../lib/auth/facts.ts'
import type { CheckResult, Outcome } from '../../lib/checks/check.ts'
import {
  correspondentLookup,
  correspondentRecorder,
  judge,
  normalAddress,
} from '../../lib/checks/correspondents.ts'
import { recipientInput, summary, testContext } from '../support/session.ts'

const signed = (domain: string, trusted = true) =>
  ({ result: 'pass', domain, trusted }) as unknown as SignatureFact
const auth = (spf: string | null, ...signatures: SignatureFact[]): Pick<AuthFacts, 'spf' | 'dkim'> => ({
  spf: {
    mailFrom: spf === null ? null : { result: 'pass', identity: 'mailfrom', domain: spf, value: '' },
    helo: null,
  },
  dkim: { signatures, present: signatures.length, skipped: null },
})

describe('a known correspondent', () => {
  const ann = 'ann@mail.friend.co.uk'
  it.each<[string, string | null, string[], Pick<AuthFacts, 'spf' | 'dkim'>, string]>([
    [
      'by DKIM of the same domain',
      null,
      [ann],
      auth(null, signed('mail.friend.co.uk')),
      'KNOWN_CORRESPONDENT',
    ],
    ['by DKIM of the organization', null, [ann], auth(null, signed('friend.co.uk')), 'KNOWN_CORRESPONDENT'],
    ['by SPF', null, [ann], auth('friend.co.uk'), 'KNOWN_CORRESPONDENT'],
    [
      'author written in capitals',
      null,
      ['Ann@MAIL.friend.co.uk'],
      auth('friend.co.uk'),
      'KNOWN_CORRESPONDENT',
    ],
    ['nothing proves it', null, [ann], auth(null), ''],
    ['a stranger proves it', null, [ann], auth('evil.example', signed('evil.example')), ''],
    ['a neighbour under the same registry proves it', null, [ann], auth('evil.co.uk'), ''],
    ['a signature that counts for nothing', null, [ann], auth(null, signed('friend.co.uk', false)), ''],
    ['the author is another', null, ['boss@bank.example'], auth('friend.co.uk'), ''],
    ['one of two authors is another', null, [ann, 'boss@bank.example'], auth('friend.co.uk'), ''],
    ['no author', null, [], auth('friend.co.uk'), ''],
    ['bound to DKIM, SPF alone is too little', 'dkim:friend.co.uk', [ann], auth('friend.co.uk'), ''],
    [
      'bound to DKIM, signed',
      'dkim:friend.co.uk',
      [ann],
      auth(null, signed('friend.co.uk')),
      'KNOWN_CORRESPONDENT',
    ],
    [
      'bound to SPF, signed',
      'spf:friend.co.uk',
      [ann],
      auth(null, signed('friend.co.uk')),
      'KNOWN_CORRESPONDENT',
    ],
  ])('%s', (_, identity, authors, facts, wanted) => {
    expect(summary(judge({ address: ann, identity }, authors, facts))).toBe(wanted)
  })
})

describe('what is remembered', () => {
  const outcome = (rest: Partial<Outcome>): Outcome => ({
    session: recipientInput(),
    helo: '',
    user: 'bob',
    sender: 'bob@example.test',
    recipients: ['Ann@Friend.example'],
    queueId: 'Q',
    reference: 's1-1',
    judged: true,
    why: '',
    required: 5,
    unavailable: [],
    verdict: 'deliver',
    score: 0,
    hits: [],
    results: new Map(),
    message: { messageId: '', from: '', subject: '' },
    ...rest,
  })
  const lookUp = async (context: ReturnType<typeof testContext>, sender: string) => {
    const result = await correspondentLookup.run(recipientInput({ sender }), context)
    return result.kind === 'hits' ? (result.facts?.correspondent ?? null) : null
  }

  it('are the recipients of users who logged in', async () => {
    const context = testContext()
    correspondentRecorder.record(outcome({}), context)
    expect(await lookUp(context, 'ann@friend.example')).toEqual({
      address: 'ann@friend.example',
      identity: null,
    })
    expect(await lookUp(context, 'prvs=1234abcd=ann@friend.example')).not.toBeNull()
    expect(await lookUp(context, 'eve@friend.example')).toBeNull()
    expect(await lookUp(context, '')).toBeNull()
    context.pass(181 * 86_400_000)
    expect(await lookUp(context, 'ann@friend.example')).toBeNull()
  })

  it.each<[string, Partial<Outcome>]>([
    ['strangers', { user: null }],
    ['bounces and automatic answers', { sender: '' }],
    ['mail that was refused', { verdict: 'reject' }],
    ['a stage that was refused', { message: null }],
    ['circulars', { recipients: Array.from({ length: 21 }, (_, index) => `ann${index}@friend.example`) }],
    [
      'trusted clients, unless the configuration says so',
      { user: null, session: recipientInput({ trusted: true }) },
    ],
  ])('are not the recipients of %s', async (_, rest) => {
    const context = testContext()
    correspondentRecorder.record(outcome(rest), context)
    for (const sender of ['ann@friend.example', 'ann0@friend.example'])
      expect(await lookUp(context, sender)).toBeNull()
  })

  it('is the proof that came first', async () => {
    const context = testContext()
    correspondentRecorder.record(outcome({}), context)
    const results = new Map<string, CheckResult>([
      [
        'correspondents',
        {
          kind: 'hits',
          hits: [],
          facts: { correspondent: { address: 'ann@friend.example', identity: null } },
        },
      ],
      ['dkim', { kind: 'hits', hits: [], facts: { dkim: auth(null, signed('friend.example')).dkim! } }],
    ])
    const hits = [{ name: 'KNOWN_CORRESPONDENT', score: -3 }]
    correspondentRecorder.record(outcome({ user: null, results, hits: [] }), context)
    expect((await lookUp(context, 'ann@friend.example'))?.identity).toBeNull()
    correspondentRecorder.record(outcome({ user: null, results, hits }), context)
    expect((await lookUp(context, 'ann@friend.example'))?.identity).toBe('dkim:friend.example')
  })

  it.each([
    ['a@b.example', 'a@b.example'],
    ['A@B.example.', 'a@b.example'],
    ['', null],
    ['local', null],
    ['@b.example', null],
    ['a@', null],
    [`${'x'.repeat(320)}@b.example`, null],
  ])('%s as %s', (text, wanted) => expect(normalAddress(text)).toBe(wanted))
})
