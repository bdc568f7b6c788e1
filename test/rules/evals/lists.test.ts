import { describe, expect, it } from '@jest/globals'
import { AddressList } from '../../../lib/rules/evals/address-list.ts'
import { freeMail } from '../../../lib/rules/evals/freemail.ts'
import { fromNameSpoof } from '../../../lib/rules/evals/fromname-spoof.ts'
import { vbounce } from '../../../lib/rules/evals/vbounce.ts'
import { welcomeListSubject } from '../../../lib/rules/evals/welcome-list-subject.ts'
import { wlblEval } from '../../../lib/rules/evals/wlbl-eval.ts'
import type { Given } from './fake-input.ts'
import { call, link, relay } from './fake-input.ts'

describe('address patterns', () => {
  const cases: readonly (readonly [pattern: string, address: string, match: boolean])[] = [
    ['a@b.example', 'A@B.example', true],
    ['a@b.example', 'xa@b.example', false],
    ['*@b.example', 'anyone@b.example', true],
    ['*@b.example', 'anyone@x.b.example', false],
    ['*@*.b.example', 'anyone@x.y.b.example', true],
    ['*@*.b.example', 'anyone@b.example', false],
    ['*@b.example', 'a@b@b.example', true],
    ['*b.example', 'a@xb.example', true],
    ['a?c@b.example', 'abc@b.example', true],
    ['a.c@b.example', 'abc@b.example', false],
    ['*', 'whatever', true],
    ['a+b@c.example', 'a+b@c.example', true],
  ]
  it.each(cases)('%s and %s: %p', (pattern, address, match) => {
    const list = new AddressList()
    list.add(pattern)
    expect(list.has(address)).toBe(match)
    list.remove(pattern.toUpperCase())
    expect(list.has(address)).toBe(false)
  })
})

const headers = {
  From: 'a@shop.example',
  To: 'me@home.example',
  EnvelopeFrom: 'b@mail.shop.example',
  'Reply-To': 'x@fm.test',
}
const lists = (...lines: readonly (readonly [string, string])[]): Given => ({
  headers,
  lines: lines.map(([directive, value]) => [wlblEval, directive, value] as const),
})

describe('WLBLEval', () => {
  const cases: readonly (readonly [
    directive: string,
    value: string,
    call: string,
    args: readonly string[],
    hit: boolean,
  ])[] = [
    ['blocklist_from', '*@shop.example', 'check_from_in_blocklist', [], true],
    ['blacklist_from', '*@mail.shop.example', 'check_from_in_blacklist', [], true],
    ['blocklist_from', '*@other.example', 'check_from_in_blocklist', [], false],
    ['welcomelist_from', 'a@shop.example', 'check_from_in_whitelist', [], true],
    ['welcomelist_to', 'me@*', 'check_to_in_welcomelist', [], true],
    ['more_spam_to', 'me@home.example', 'check_to_in_more_spam', [], true],
    ['all_spam_to', 'you@home.example', 'check_to_in_all_spam', [], false],
    ['enlist_addrlist', '(SHOPS) *@shop.example', 'check_from_in_list', ['SHOPS'], true],
    ['enlist_addrlist', '(SHOPS) *@shop.example', 'check_from_in_list', ['BANKS'], false],
    ['enlist_addrlist', '(FREE) *@fm.test', 'check_replyto_in_list', ['FREE'], true],
  ]
  it.each(cases)('%s %s: %s(%j) %p', (directive, value, name, args, hit) => {
    expect(call(wlblEval, name, args, lists([directive, value]))).toBe(hit)
  })

  it('welcomelist_from_rcvd needs the relay, and says when only the address fits', () => {
    const given = (rdns: string, ip = '192.0.2.1'): Given => ({
      ...lists(
        ['welcomelist_from_rcvd', '*@shop.example shop.example'],
        ['whitelist_from_rcvd', '*@shop.example [192.0.2.0/28]'],
      ),
      relays: { untrusted: [relay({ rdns, ip })] },
    })
    expect(call(wlblEval, 'check_from_in_welcomelist', [], given('mx.shop.example', '198.51.100.1'))).toBe(
      true,
    )
    expect(call(wlblEval, 'check_from_in_welcomelist', [], given('evil.example'))).toBe(true)
    const forged = given('mxshop.example', '198.51.100.1')
    expect(call(wlblEval, 'check_from_in_welcomelist', [], forged)).toBe(false)
    expect(call(wlblEval, 'check_forged_in_welcomelist', [], forged)).toBe(true)
  })

  it('a removed entry is gone', () => {
    const given = lists(['welcomelist_from', 'a@shop.example'], ['unwhitelist_from', 'a@shop.example'])
    expect(call(wlblEval, 'check_from_in_welcomelist', [], given)).toBe(false)
  })

  it('hosts of links are looked up with the domains above them, exceptions first', () => {
    const given = (host: string): Given => ({
      ...lists(
        ['enlist_uri_host', '(BAD) spam.example !good.spam.example tk'],
        ['blocklist_uri_host', 'block.example'],
      ),
      uris: [link(`http://${host}/`, { hosts: new Map([[host, host]]) })],
    })
    expect(call(wlblEval, 'check_uri_host_listed', ['BAD'], given('www.spam.example'))).toBe(true)
    expect(call(wlblEval, 'check_uri_host_listed', ['BAD'], given('good.spam.example'))).toBe(false)
    expect(call(wlblEval, 'check_uri_host_listed', ['BAD'], given('x.tk'))).toBe(true)
    expect(call(wlblEval, 'check_uri_host_in_blacklist', [], given('x.block.example'))).toBe(true)
    expect(call(wlblEval, 'check_uri_host_in_welcomelist', [], given('x.block.example'))).toBe(false)
  })
  it('delist_uri_host takes a host off', () => {
    const given: Given = {
      ...lists(['enlist_uri_host', '(BAD) spam.example'], ['delist_uri_host', '(BAD) spam.example']),
      uris: [link('http://spam.example/')],
    }
    expect(call(wlblEval, 'check_uri_host_listed', ['BAD'], given)).toBe(false)
  })
})

describe('WelcomeListSubject', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['[ticket *]', 'Re: [Ticket 17] down', true],
    ['invoice?', 'your invoices', true],
    ['a.b', 'axb', false],
  ]
  it.each(cases)('%s in %s: %p', (pattern, subject, hit) => {
    const given: Given = {
      headers: { Subject: subject },
      lines: [[welcomeListSubject, 'whitelist_subject', pattern]],
    }
    expect(call(welcomeListSubject, 'check_subject_in_welcomelist', [], given)).toBe(hit)
    expect(call(welcomeListSubject, 'check_subject_in_blocklist', [], given)).toBe(false)
  })
})

describe('VBounce', () => {
  it('finds our relay in a quoted Received', () => {
    const given = (line: string): Given => ({
      rendered: ['Undeliverable', line],
      lines: [[vbounce, 'whitelist_bounce_relays', 'mx.home.example']],
    })
    expect(
      call(vbounce, 'check_whitelist_bounce_relays', [], given('Received: from mx.home.example by x')),
    ).toBe(true)
    expect(
      call(vbounce, 'check_welcomelist_bounce_relays', [], given('Received: from mx.evil.example by x')),
    ).toBe(false)
    expect(call(vbounce, 'have_any_bounce_relays', [], {})).toBe(false)
  })
})

describe('FreeMail', () => {
  const lines: NonNullable<Given['lines']> = [
    [freeMail, 'freemail_domains', 'free.test gmail.* mail?.test'],
    [freeMail, 'freemail_whitelist', 'good@free.test'],
  ]
  const from: readonly (readonly [string, boolean])[] = [
    ['bob@free.test', true],
    ['BOB@Free.test', true],
    ['bob@sub.free.test', false],
    ['bob@gmail.com', true],
    ['bob@gmail.co.uk', false],
    ['bob@mailx.test', true],
    ['good@free.test', false],
    ['support@free.test', false],
    ['bob@own.example', false],
  ]
  it.each(from)('from %s: %p', (address, hit) => {
    expect(call(freeMail, 'check_freemail_from', [], { headers: { From: address }, lines })).toBe(hit)
  })
  it('a pattern narrows it', () => {
    const given: Given = { headers: { 'Reply-To': 'bob7@free.test' }, lines }
    expect(call(freeMail, 'check_freemail_header', ['Reply-To', '\\d@'], given)).toBe(true)
    expect(call(freeMail, 'check_freemail_header', ['Reply-To', '[a-z]@'], given)).toBe(false)
  })

  const replies: readonly (readonly [string, Given, string, boolean])[] = [
    [
      'a free Reply-To of an author who is not',
      { headers: { From: 'a@x.example', 'Reply-To': 'b@free.test' }, rendered: ['write to c@free.test'] },
      'reply',
      false,
    ],
    ['two free addresses', { headers: { From: 'a@free.test', 'Reply-To': 'b@gmail.com' } }, 'replyto', true],
    ['the same address', { headers: { From: 'a@free.test', 'Reply-To': 'a@free.test' } }, 'replyto', false],
    [
      'free address in the text',
      { headers: { From: 'a@x.example', 'Reply-To': 'b@free.test' }, rendered: ['write to c@free.test'] },
      'replyto',
      true,
    ],
    [
      'quoted address in the text',
      { headers: { From: 'a@x.example', 'Reply-To': 'b@free.test' }, rendered: ['<c@free.test> wrote'] },
      'replyto',
      false,
    ],
    ['no Reply-To', { headers: { From: 'a@free.test' }, rendered: ['write to c@free.test'] }, 'reply', true],
    [
      'no Reply-To, but asked for',
      { headers: { From: 'a@free.test' }, rendered: ['write to c@free.test'] },
      'replyto',
      false,
    ],
    [
      'a bulk sender',
      { headers: { From: 'a@free.test', 'Reply-To': 'b@gmail.com', EnvelopeFrom: 'x-bounces@l.example' } },
      'replyto',
      false,
    ],
    [
      'a list of contacts',
      { headers: { From: 'a@free.test' }, rendered: ['1@free.test 2@free.test 3@free.test'] },
      'reply',
      false,
    ],
  ]
  it.each(replies)('%s', (_, given, what, hit) => {
    expect(call(freeMail, 'check_freemail_replyto', [what], { ...given, lines })).toBe(hit)
  })
})

describe('FromNameSpoof', () => {
  const given = (from: string, more: Given = {}): Given => ({
    ...more,
    headers: { From: from, To: 'me@home.example', ...more.headers },
  })
  const cases: readonly (readonly [string, string, string, boolean])[] = [
    ['no address in the name', 'check_fromname_spoof', '"Ann" <x@evil.example>', false],
    ['another address', 'check_fromname_spoof', '"ann@bank.example" <x@evil.example>', true],
    ['the same address', 'check_fromname_spoof', '"x@evil.example" <x@evil.example>', false],
    [
      'another address of the same owner',
      'check_fromname_spoof',
      '"ann@evil.example" <x@evil.example>',
      false,
    ],
    [
      'of the same owner, but different',
      'check_fromname_different',
      '"ann@evil.example" <x@evil.example>',
      true,
    ],
    ['another domain', 'check_fromname_domain_differ', '"ann@bank.example" <x@evil.example>', true],
    ['an address at all', 'check_fromname_contains_email', '"x@evil.example" <x@evil.example>', true],
    ['the recipient', 'check_fromname_equals_to', '"me@home.example" <x@evil.example>', true],
    [
      'an address in a long sentence',
      'check_fromname_spoof',
      `"${'word '.repeat(20)} ann@bank.example" <x@evil.example>`,
      false,
    ],
  ]
  it.each(cases)('%s', (_, name, from, hit) => {
    expect(call(fromNameSpoof, name, [], given(from))).toBe(hit)
  })
  it('fns_add_addrlist makes two domains one owner', () => {
    const lines = [[fromNameSpoof, 'fns_add_addrlist', '(BANK) *@bank.example *@evil.example']] as const
    expect(
      call(fromNameSpoof, 'check_fromname_spoof', [], given('"a@bank.example" <x@evil.example>', { lines })),
    ).toBe(false)
  })
  it('fns_ignore_headers lets list mail be', () => {
    const more: Given = {
      headers: { 'List-Id': '<l.example>' },
      lines: [[fromNameSpoof, 'fns_ignore_headers', 'List-Id']],
    }
    expect(
      call(fromNameSpoof, 'check_fromname_spoof', [], given('"a@bank.example" <x@evil.example>', more)),
    ).toBe(false)
  })
})
