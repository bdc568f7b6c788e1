import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { isHostName, toAsciiName } from '../../lib/mail/domain.ts'
import { resolveUri } from '../../lib/mail/relative-uri.ts'
import { textUris } from '../../lib/mail/uri-text.ts'
import { uriVariants } from '../../lib/mail/uri-variants.ts'
import { DEFAULT_URI_OPTIONS } from '../../lib/mail/uri.ts'
import { mail, page } from './support.ts'

const { domains } = DEFAULT_URI_OPTIONS
const inText = (text: string) => [...textUris(text, domains)].map(({ uri }) => uri)

describe('URIs in text', () => {
  it.each([
    ['see http://example.com/a?b=c#d.', ['http://example.com/a?b=c#d']],
    ['(http://example.com/)', ['http://example.com/']],
    ['http://example.com/(a)x', ['http://example.com/(a)x']],
    ['<http://example.com>', ['http://example.com']],
    ['www.example.com, www3.example.org!', ['http://www.example.com', 'http://www3.example.org']],
    ['ftp.example.com', ['ftp://ftp.example.com']],
    ['example.com/path example.org:8080', ['http://example.com/path', 'http://example.org:8080']],
    ['mail ada@example.org now', ['mailto:ada@example.org']],
    ['mailto:ada@ex%61mple.org', ['mailto:ada@example.org']],
    ['skype:ada@example.org', ['mailto:ada@example.org']],
    ['word.word file.txt 3.14 e.g. a..com', []],
    ['Vi@gra a@b', []],
    ['cid:image001.png@01D4986E.E3459640', []],
    ['http://', []],
    ['see:example.com', ['http://example.com']],
    ['-example.com', []],
    ['example.com-', []],
    ['"example.co.uk"', ['http://example.co.uk']],
    ['a@b.com,c@d.org', ['mailto:a@b.com', 'mailto:c@d.org']],
  ])('%s', (text, expected) => {
    expect(inText(text)).toEqual(expected)
  })

  it('marks what mail programs do not link', () => {
    const types = [...textUris('example.com www.example.org', domains)].map((uri) => uri.types.join(' '))
    expect(types).toEqual(['parsed schemeless unlinked', 'parsed schemeless'])
  })

  it('never throws, and finds a clean URI between other words', () => {
    const noise = fc.string({
      unit: fc.constantFrom('.', '@', ':', '/', 'a', 'w', '-', '(', ')', ',', "'", '\x80', '_', '1'),
      maxLength: 40,
    })
    fc.assert(
      fc.property(noise, noise, (before, after) => {
        expect(inText(`${before} http://found.example.com/x ${after}`)).toContain(
          'http://found.example.com/x',
        )
      }),
      { numRuns: 500 },
    )
  })
})

describe('variants', () => {
  const variants = (uri: string, redirectors: readonly RegExp[] = []) =>
    uriVariants(uri, redirectors, domains).slice(1)
  it.each([
    ['http://example.com/', []],
    ['http:example.com', ['http://example.com']],
    ['http:\\\\example.com\\x', ['http://example.com/x']],
    ['www.example.com', ['http://www.example.com']],
    ['http://%77ww.example.com/%20', ['http://www.example.com/%20']],
    ['http://example.com?a', ['http://example.com/?a']],
    ['http://www.example.com/&#65;&#x2e;', ['http://www.example.com/A.']],
    ['http://user@example.com/', []],
    ['http://example.com:80/x', ['http://example.com/x']],
    ['https://example.com:443/x', ['https://example.com/x']],
    ['http://1113343453/', ['http://66.92.69.221/']],
    ['http://0x7f000001/', ['http://127.0.0.1/']],
    ['http://0300.0250.0x1.2/', ['http://192.168.1.2/']],
    ['http://example.biz!!/', ['http://example.biz/']],
    ['http://foobar/', ['http://www.foobar.com/']],
    ['http://b\xfccher.de/', ['http://xn--bcher-kva.de/']],
    ['http://r.example/?http://t.example.com/&x', ['http://t.example.com/']],
    ['mailto:a@b.com?subject=x', ['mailto:a@b.com']],
    ['mailto:%20a@b.com', ['mailto:a@b.com']],
    ['#top', []],
    ['/local', []],
  ])('%s', (uri, expected) => {
    expect(variants(uri)).toEqual(expected)
  })

  it('asks the redirector patterns first', () => {
    expect(variants('http://go.example/to=target.example.com', [/\/to=([^&]+)/i])).toContain(
      'http://target.example.com',
    )
  })

  it('ends however redirectors are nested', () => {
    expect(variants('http://a.com/'.repeat(2000)).length).toBeLessThan(300)
  })

  it('never throws', () => {
    const piece = fc.constantFrom(
      'http://',
      'https:',
      '%41',
      '%zz',
      '@',
      ':',
      '/',
      '?',
      '#',
      '&#65;',
      '0x',
      '1',
      '.',
      'a',
      '[',
      ']',
      'é',
      '\\',
      ' ',
      'mailto:',
      '<',
      '>',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        for (const variant of uriVariants(pieces.join(''), [], domains)) domains.ofUri(variant)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('domains', () => {
  it.each([
    ['http://www.example.co.uk/x', 'www.example.co.uk', 'example.co.uk'],
    ['https://a.b.example.com:8443?x', 'a.b.example.com', 'example.com'],
    ['mailto:a@mail.example.org?x', 'mail.example.org', 'example.org'],
    ['http://192.0.2.1/', '192.0.2.1', '192.0.2.1'],
    ['http://user:pw@example.net/', 'example.net', 'example.net'],
    ['http://b\xc3\xbccher.example.de/', 'xn--bcher-kva.example.de', 'example.de'],
    ['http://city.ca.us/', 'city.ca.us', 'city.ca.us'],
  ])('%s', (uri, host, domain) => {
    expect(domains.ofUri(uri)).toEqual({ host, domain })
  })

  it.each([
    'javascript:x',
    'cid:a@b.com',
    'http://localhost/',
    'http://a.nosuchtld/',
    'mailto:a@b@c.com',
    'http://%41.com/',
    'http://a_b.com/',
    '',
  ])('finds none in %s', (uri) => {
    expect(domains.ofUri(uri)).toBeUndefined()
  })

  it('knows host names', () => {
    expect(['a.b', 'a_b.example.com', 'xn--a.example', 'a.b.'].map(isHostName)).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(
      ['a', '', '.', 'a..b', '-a.b', 'a-.b', 'a.b_c', `${'a'.repeat(64)}.b`, 'a b.c'].some(isHostName),
    ).toBe(false)
    expect(toAsciiName('B\xc3\x9cCHER.de')).toBe('xn--bcher-kva.de')
    expect(toAsciiName('Plain.COM')).toBe('plain.com')
  })
})

describe('resolveUri', () => {
  const base = 'http://a/b/c/d;p?q'
  // RFC 3986 section 5.4, and SpamAssassin's leniencies
  it.each([
    ['g', 'http://a/b/c/g'],
    ['./g', 'http://a/b/c/g'],
    ['g/', 'http://a/b/c/g/'],
    ['/g', 'http://a/g'],
    ['//g', 'http://g'],
    ['?y', 'http://a/b/c/d;p?y'],
    ['g?y#s', 'http://a/b/c/g?y#s'],
    ['', 'http://a/b/c/d;p?q'],
    ['..', 'http://a/b/'],
    ['../g', 'http://a/b/g'],
    ['../../g', 'http://a/g'],
    ['../../../g', 'http://a/g'],
    ['/./g', 'http://a/g'],
    ['http:g', 'http://a/b/c/g'],
    ['https://x/y', 'https://x/y'],
  ])('%j', (relative, expected) => {
    expect(resolveUri(base, relative)).toBe(expected)
  })

  it('adds a scheme to hosts that look like one', () => {
    expect(resolveUri('', '//www.example.com/x')).toBe('http://www.example.com/x')
    expect(resolveUri('', 'www.example.com')).toBe('www.example.com')
  })
})

describe('URIs of a message', () => {
  it('joins text and HTML', () => {
    const message = mail(
      'Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhttp://example.com/\n--b\nContent-Type: text/html\n\n' +
        '<a href="http://example.com/">one</a><a href="http://example.com/">one</a><img src=http://img.example.org/x>\n--b--\n',
    )
    const found = message
      .uris()
      .map(({ uri, types, anchorText }) => [uri, [...types].join(' '), anchorText.join('|')])
    expect(found).toEqual([
      ['http://example.com/', 'parsed a', 'one'],
      ['http://img.example.org/x', 'img', ''],
    ])
  })

  it('takes base, refresh, form, background and odd attributes', () => {
    const html =
      '<base href="http://b.example.com/d/f.html"><a href="x">x</a><meta http-equiv="Refresh" content="1;URL=http://r.example.com/;x">' +
      '<form action="/post"></form><td background="bg.gif"><a x/href=http://odd.example.com/>'
    expect(
      page(html)
        .uris()
        .map(({ uri }) => uri),
    ).toEqual(
      expect.arrayContaining([
        'http://b.example.com/d/x',
        'http://r.example.com/',
        'http://b.example.com/post',
        'http://b.example.com/d/bg.gif',
        'http://odd.example.com/',
      ]),
    )
  })

  it('takes the domains of signatures', () => {
    const message = mail('DKIM-Signature: v=1; d=signer.example.com; s=x\n\nx')
    expect(message.uris().map(({ uri, cleaned, domains }) => [uri, cleaned, [...domains]])).toEqual([
      ['domainkeys:signer.example.com', [], ['example.com']],
    ])
  })

  it('remembers its answer per set of options', () => {
    const message = page('<a href=http://example.com/>')
    expect(message.uris()).toBe(message.uris(DEFAULT_URI_OPTIONS))
    expect(message.uris({ ...DEFAULT_URI_OPTIONS })).not.toBe(message.uris())
  })
})
