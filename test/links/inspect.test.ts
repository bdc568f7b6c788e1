import { describe, expect, it } from '@jest/globals'
import { inspectLinks, type Link } from '../../lib/links/inspect.ts'
import { imitates, internationalised } from '../../lib/links/lookalike.ts'
import { parseListCode } from '../../lib/links/list-code.ts'
import { redirectTarget } from '../../lib/links/redirect.ts'
import { shownHost } from '../../lib/links/shown-domain.ts'

const link = (target: string, text = 'here', tags = ['a']): Link => ({
  target,
  texts: [text],
  tags: new Set(tags),
})
const OPTIONS = { shorteners: ['go.home.net'], protectedDomains: ['paypal.com', 'mybank.net'] }
const names = (one: Link) => inspectLinks([one], OPTIONS).map(({ name }) => name)

describe('inspectLinks', () => {
  it.each<readonly [Link, readonly string[]]>([
    [link('https://www.shop.com/x', 'www.shop.com'), []],
    [link('https://click.shop.com/x', 'https://www.shop.com/offers'), []],
    [link('https://evil.net/x', 'https://www.paypal.com/login'), ['LINK_SHOWS_PROTECTED']],
    [link('https://evil.net/x', ' shop.com '), ['LINK_SHOWS_OTHER']],
    [link('https://evil.net/x', 'Visit paypal.com today'), []],
    [link('https://track.net/?u=https%3A%2F%2Fwww.shop.com%2F', 'www.shop.com'), ['LINK_REDIRECT']],
    [link('javascript:alert(1)'), ['LINK_SCRIPT']],
    [link(' java\tscript:alert(1)'), []],
    [link('VBScript:x'), ['LINK_SCRIPT']],
    [link(`data:text/html;base64,${'A'.repeat(100)}`), ['LINK_DATA']],
    [link('data:,'), []],
    [link('data:image/png;base64,AAAA', '', ['img']), []],
    [link('https://paypal.com@evil.net/'), ['LINK_USERINFO']],
    [link('http://192.0.2.7/x'), ['LINK_ADDRESS']],
    [link('http://0xc0000207/x'), ['LINK_ADDRESS']],
    [link('https://bit.ly/abc'), ['LINK_SHORTENED']],
    [link('https://go.home.net/abc'), ['LINK_SHORTENED']],
    [link('https://xn--mnchen-3ya.de/'), ['LINK_PUNYCODE']],
    [link('https://xn--pypal-4ve.com/'), ['LINK_HOMOGRAPH', 'LINK_LOOKALIKE']],
    [link('https://paypa1.com/'), ['LINK_LOOKALIKE']],
    [link('https://my-bank.net/'), ['LINK_LOOKALIKE']],
    [link('https://www.mybank.net/'), []],
    [link('mailto:a@b.com'), []],
    [link('https://'), []],
  ])('%j', (one, expected) => expect(names(one)).toEqual(expected))

  it('stays quick with as many links as fit', () => {
    const many = Array.from({ length: 100_000 }, (_, index) =>
      link(`https://h${index}.example.com/${'a'.repeat(50)}`, `h${index}.other.com`),
    )
    const started = performance.now()
    inspectLinks(many, OPTIONS)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe('shownHost', () => {
  it.each([
    ['https://www.bank.co.uk/login?x=1', 'www.bank.co.uk'],
    ['bank.co.uk', 'bank.co.uk'],
    ['<https://bank.com>.', 'bank.com'],
    ['192.0.2.1', '192.0.2.1'],
    ['click here', null],
    ['node.js', null],
    ['report.pdf', null],
    ['a.b', null],
    ['', null],
    ['ba\u200bnk.com', 'bank.com'],
    [`${'a'.repeat(3000)}.com`, null],
  ])('%j -> %j', (text, expected) => expect(shownHost(text)).toBe(expected))

  it('is not slowed by bait', () => {
    const started = performance.now()
    for (const bait of [
      'a.'.repeat(1000),
      `a.com/${'.'.repeat(1990)}x y`,
      '<'.repeat(2000),
      'a@'.repeat(1000),
    ])
      shownHost(bait)
    expect(performance.now() - started).toBeLessThan(300)
  })
})

describe('internationalised', () => {
  it.each([
    ['example.com', null],
    ['xn--mnchen-3ya.de', false],
    ['xn--pypal-4ve.com', true],
    ['xn--80ak6aa92e.com', true],
    ['xn--e1afmkfd.xn--p1ai', false],
    ['xn--80aaxitdbjk.xn--p1ai', false],
    ['xn--\u0000.com', false],
  ])('%s deceives: %j', (host, expected) => expect(internationalised(host)?.deceptive ?? null).toBe(expected))
})

describe('imitates', () => {
  it.each([
    ['rnybank.net', 'mybank.net'],
    ['mybank.net', null],
    ['x.mybank.net', null],
    ['mybank.org', null],
    ['pаypal.com', 'paypal.com'],
  ])('%s: %j', (domain, expected) => expect(imitates(domain, OPTIONS.protectedDomains)).toBe(expected))
})

describe('redirectTarget', () => {
  it.each([
    ['https://a.com/?url=https://b.net/x', 'b.net'],
    ['https://a.com/r/http%3A%2F%2Fb.net', 'b.net'],
    ['https://a.com/?u=https%253A%252F%252Fb.net', 'b.net'],
    ['https://a.com/http', null],
    ['https://a.com', null],
  ])('%s -> %j', (target, expected) => expect(redirectTarget(target)).toBe(expected))
})

describe('parseListCode', () => {
  it.each([
    ['bit 64', '127.0.0.68', true],
    ['bit 64', '127.0.0.8', false],
    ['bit 64', '127.255.255.254', false],
    ['127.0.1.2-99', '127.0.1.50', true],
    ['127.0.1.2-99', '127.0.1.255', false],
  ])('%s matches %s: %s', (pattern, code, expected) =>
    expect(parseListCode(pattern)?.matches(code)).toBe(expected),
  )
  it('knows no bit 3', () => expect(parseListCode('bit 3')).toBeNull())
})
