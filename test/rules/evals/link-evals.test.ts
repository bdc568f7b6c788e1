import { describe, expect, it } from '@jest/globals'
import { uriDetail } from '../../../lib/rules/evals/uri-detail.ts'
import { httpsMismatch, uriEval } from '../../../lib/rules/evals/uri-eval.ts'
import { call, html, link, type Given } from './fake-input.ts'

describe('links', () => {
  const anchor = (uri: string, ...anchorText: readonly string[]): Given => ({
    html: [html({ uris: new Map([[uri, { types: new Set(['a']), anchorText }]]) })],
  })
  it('check_https_http_mismatch', () => {
    const name = 'check_https_http_mismatch'
    expect(
      call(httpsMismatch, name, ['1', '10'], anchor('http://evil.test/', 'https://www.bank.example/')),
    ).toBe(true)
    expect(
      call(httpsMismatch, name, ['1', '10'], anchor('http://www.bank.example/', 'https://bank.example/')),
    ).toBe(false)
    expect(call(httpsMismatch, name, ['1', '10'], anchor('http://evil.test/', 'click here'))).toBe(false)
  })
  it('check_https_ip_mismatch', () => {
    expect(
      call(uriEval, 'check_https_ip_mismatch', [], anchor('http://192.0.2.1/', 'https://bank.example')),
    ).toBe(true)
    expect(
      call(uriEval, 'check_https_ip_mismatch', [], anchor('http://192.0.2.1/', 'https://192.0.2.1')),
    ).toBe(false)
  })
  it('check_for_http_redirector', () => {
    const given = (uri: string): Given => ({ uris: [link(uri)] })
    expect(
      call(uriEval, 'check_for_http_redirector', [], given('http://good.example/?u=http://evil.test/')),
    ).toBe(true)
    expect(
      call(
        uriEval,
        'check_for_http_redirector',
        [],
        given('http://good.example/?u=http://www.good.example/'),
      ),
    ).toBe(false)
  })
  const detail: readonly (readonly [string, boolean])[] = [
    ['R domain =~ /evil/', true],
    ['R domain =~ /good/', false],
    ['R raw =~ /x$/ text =~ /bank/i', true],
    ['R raw =~ /x$/ text !~ /bank/i', false],
    ['R type =~ /^a$/ host =~ m{^www\\.}', true],
  ]
  it.each(detail)('uri_detail %s: %p', (line, hit) => {
    const given: Given = {
      uris: [link('http://www.evil.test/x', { anchorText: ['Your Bank'] })],
      lines: [[uriDetail, 'uri_detail', line.replace('m{^www\\.}', '/^www\\./')]],
    }
    expect(call(uriDetail, 'check_uri_detail', ['R'], given)).toBe(hit)
  })
})
