import { describe, expect, it } from '@jest/globals'
import { isFor, keysOf, parseProof, parseSender } from '../../lib/auth/sender-entry.ts'
import type { AuthFacts } from '../../lib/auth/facts.ts'
import { judge, type Situation } from '../../lib/checks/sender-lists.ts'
import { openState } from '../../lib/store/state.ts'
import { mailFromFact, signatureFact } from '../support/auth-facts.ts'

const auth = (signer: string | null, spf: string | null = null): Pick<AuthFacts, 'spf' | 'dkim'> => ({
  dkim: {
    signatures: signer === null ? [] : [signatureFact(signer, { aligned: true })],
    present: 0,
    skipped: null,
  },
  spf: {
    mailFrom: spf === null ? null : mailFromFact(spf),
    helo: null,
  },
})
const entry = (kind: 'allow' | 'block', sender: string, proof = 'aligned', recipient = '') => ({
  kind,
  sender,
  proof,
  recipient,
  note: '',
  stored: false,
})
const BANK = 'billing@bank.example'
const situation = (change: Partial<Situation> = {}): Situation => ({
  author: change.senders?.[0] ?? BANK,
  senders: [BANK],
  recipients: ['anna@home.example'],
  auth: auth('bank.example'),
  groups: new Set(),
  ...change,
})
const WORDS = { block_action: 'reject', block_text: 'no' } as const
const outcome = (entries: readonly ReturnType<typeof entry>[], one: Situation) => {
  const { result } = judge(entries, one, WORDS)
  return result.kind === 'hits'
    ? [...result.hits.map(({ name }) => name), ...(result.demands ?? []).map(({ action }) => action)]
    : []
}

describe('judge', () => {
  it.each([
    ['nobody listed', [], situation(), []],
    ['allowed and signed', [entry('allow', BANK)], situation(), ['SENDER_ALLOWED', 'accept']],
    ['allowed by domain', [entry('allow', '@bank.example')], situation(), ['SENDER_ALLOWED', 'accept']],
    [
      'allowed, by SPF',
      [entry('allow', BANK)],
      situation({ auth: auth(null, 'mail.bank.example') }),
      ['SENDER_ALLOWED', 'accept'],
    ],
    [
      'allowed and forged',
      [entry('allow', BANK)],
      situation({ auth: auth('spam.example') }),
      ['SENDER_UNPROVEN'],
    ],
    [
      'allowed, bound to a signer of another domain',
      [entry('allow', BANK, 'dkim:sender.example')],
      situation({ auth: auth('sender.example') }),
      ['SENDER_ALLOWED', 'accept'],
    ],
    [
      'allowed, bound to a signer that is missing',
      [entry('allow', BANK, 'dkim:sender.example')],
      situation(),
      ['SENDER_UNPROVEN'],
    ],
    [
      'allowed, bound to a group',
      [entry('allow', BANK, 'group:partner')],
      situation({ auth: auth(null), groups: new Set(['partner']) }),
      ['SENDER_ALLOWED', 'accept'],
    ],
    [
      'allowed without proof',
      [entry('allow', BANK, 'unproven')],
      situation({ auth: auth(null) }),
      ['SENDER_ALLOWED', 'accept'],
    ],
    [
      'allowed beside another author',
      [entry('allow', BANK)],
      situation({ author: null, senders: [BANK, 'eve@evil.example'] }),
      [],
    ],
    [
      'allowed in the envelope only',
      [entry('allow', BANK)],
      situation({ senders: ['other@x.example', BANK] }),
      [],
    ],
    ['allowed for other recipients', [entry('allow', BANK, 'aligned', 'other.example')], situation(), []],
    [
      'allowed for this domain',
      [entry('allow', BANK, 'aligned', 'home.example')],
      situation(),
      ['SENDER_ALLOWED', 'accept'],
    ],
    [
      'allowed for one of two recipients',
      [entry('allow', BANK, 'aligned', 'home.example')],
      situation({ recipients: ['a@home.example', 'b@other.example'] }),
      [],
    ],
    ['blocked', [entry('block', BANK)], situation(), ['SENDER_BLOCKED', 'reject']],
    [
      'blocked in the envelope',
      [entry('block', '@bank.example')],
      situation({ senders: ['x@y.example', BANK] }),
      ['SENDER_BLOCKED', 'reject'],
    ],
    ['blocked by a parent domain', [entry('block', '@example')], situation(), []],
    [
      'blocked below a domain',
      [entry('block', '@bank.example')],
      situation({ senders: ['a@mail.bank.example'] }),
      ['SENDER_BLOCKED', 'reject'],
    ],
    [
      'not a domain that only ends alike',
      [entry('block', '@bank.example')],
      situation({ senders: ['a@mybank.example'] }),
      [],
    ],
    [
      'blocked domain, allowed address',
      [entry('block', '@bank.example'), entry('allow', BANK)],
      situation(),
      ['SENDER_ALLOWED', 'accept'],
    ],
    [
      'allowed domain, blocked address',
      [entry('allow', '@bank.example'), entry('block', BANK)],
      situation(),
      ['SENDER_BLOCKED', 'reject'],
    ],
    ['both alike', [entry('block', BANK), entry('allow', BANK)], situation(), ['SENDER_ALLOWED', 'accept']],
    [
      'blocked domain, allowed address that is forged',
      [entry('block', '@bank.example'), entry('allow', BANK)],
      situation({ auth: auth(null) }),
      ['SENDER_UNPROVEN', 'SENDER_BLOCKED', 'reject'],
    ],
  ] as const)('%s', (_what, entries, one, expected) => expect(outcome(entries, one)).toEqual(expected))
})

describe('entries', () => {
  it.each([
    ['Name@Example.ORG', 'name@example.org'],
    ['example.org', '@example.org'],
    ['@example.org.', '@example.org'],
    ['name@', null],
    ['localhost', null],
    ['a b@c.example', null],
    ['<a@b.example>', null],
  ])('%j is %j', (text, expected) => expect(parseSender(text)).toBe(expected))

  it.each([
    ['aligned', { kind: 'aligned' }],
    ['dkim:Bank.Example', { kind: 'dkim', domain: 'bank.example' }],
    ['group:partners', { kind: 'group', group: 'partners' }],
    ['dkim:', null],
    ['dkim:bank', null],
    ['pgp:x', null],
  ])('%j proves %j', (text, expected) => expect(parseProof(text)).toEqual(expected))

  it('looks an address up under itself and every domain it lies in', () => {
    expect(keysOf('A@x.y.example')).toEqual(['a@x.y.example', '@x.y.example', '@y.example'])
    expect(keysOf('nobody')).toEqual([])
  })

  it.each([
    ['', true],
    ['home.example', true],
    ['me.example', false],
    ['anna@home.example', true],
    ['bert@home.example', false],
  ])('%j is for anna@home.example: %s', (recipient, expected) =>
    expect(isFor(recipient, 'Anna@mail.home.example'.replace('mail.', ''))).toBe(expected),
  )
})

describe('the stored list', () => {
  it('keeps, replaces, expires and removes', () => {
    const { senderLists: list } = openState(':memory:')
    const one = {
      kind: 'allow',
      sender: BANK,
      recipient: '',
      proof: 'aligned',
      note: '',
      added: 1,
      expires: 0,
    } as const
    list.put(one)
    list.put({ ...one, proof: 'unproven', note: 'again' })
    list.put({ ...one, kind: 'block', sender: '@bank.example', proof: '', expires: 100 })
    expect(list.find(keysOf(BANK), 50).map(({ kind, proof }) => [kind, proof])).toEqual([
      ['allow', 'unproven'],
      ['block', ''],
    ])
    expect(list.find(keysOf(BANK), 100)).toHaveLength(1)
    list.used(one, 60)
    expect(list.list('allow', 60)[0]?.used).toBe(60)
    expect(list.remove('allow', BANK, 'x.example')).toBe(false)
    expect(list.remove('allow', BANK, '')).toBe(true)
    expect(list.expire(100, 10)).toBe(1)
    expect(list.list(null, 0)).toEqual([])
  })
})
