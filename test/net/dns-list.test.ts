import { describe, expect, it } from '@jest/globals'
import { errorMeaning, isErrorCode, listName, parseCodePattern } from '../../lib/net/dns-list.ts'
import { parseAddress } from '../../lib/net/ip.ts'

describe('return codes', () => {
  it.each([
    ['127.0.0.2', '127.0.0.2', true],
    ['127.0.0.2', '127.0.0.3', false],
    ['127.0.0.4-7', '127.0.0.7', true],
    ['127.0.0.4-7', '127.0.0.8', false],
    ['127.0.*.3', '127.0.15.3', true],
    ['127.0.*.3', '127.0.15.2', false],
    ['127.*.*.*', '127.0.0.1', false],
    ['127.*.*.*', '127.255.255.254', false],
    ['127.*.*.*', '192.0.2.1', false],
    ['127.*.*.*', '127.0.1.106', true],
  ])('%s matches %s: %s', (pattern, code, wanted) => {
    expect(parseCodePattern(pattern)!.matches(code)).toBe(wanted)
  })
  it.each([
    '',
    '127.0.0',
    '10.0.0.2',
    '127.0.0.300',
    '127.0.0.7-4',
    '127.0.0.x',
    '127.0.0.2.3',
    '*.0.0.2',
    '127.0.0.2-3-4',
  ])('%j is no pattern', (text) => expect(parseCodePattern(text)).toBeNull())
  it.each([
    ['127.0.0.1', true],
    ['127.255.255.252', true],
    ['127.255.255.255', true],
    ['203.0.113.5', true],
    ['127.0.0.2', false],
    ['127.255.0.1', false],
  ])('%s is an error: %s', (code, wanted) => expect(isErrorCode(code)).toBe(wanted))
  it('says what an error code means', () => {
    expect(errorMeaning('127.255.255.254')).toMatch(/public resolver/)
    expect(errorMeaning('203.0.113.5')).toBe('203.0.113.5: not an answer of a list')
  })
  it('asks by the reversed address', () => {
    expect(listName(parseAddress('192.0.2.99')!, 'list.example')).toBe('99.2.0.192.list.example')
  })
})
