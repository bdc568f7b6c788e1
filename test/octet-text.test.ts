/** The border between octets and characters. */
import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { domainOf, isSubdomain } from '../lib/auth/domains.ts'
import { asciiAddress, asciiDomain, toCharacters, toOctets, toReadable } from '../lib/octet-text.ts'

it.each([
  ['jürgen@bücher.example', 'jürgen@bücher.example'],
  ['jÃ¼rgen@bÃ¼cher.example', 'jürgen@bücher.example'],
  ['plain@example.org', 'plain@example.org'],
  ['caf\xe9', 'caf\xe9'],
  ['日本', '日本'],
])('toCharacters(%j) is %j, and doing it again changes nothing', (text, expected) => {
  expect(toCharacters(text)).toBe(expected)
  expect(toCharacters(toCharacters(text))).toBe(expected)
})

it('characters go to octets and back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const octets = toOctets(text)
      expect(octets).toMatch(/^[\x00-\xff]*$/)
      expect(toCharacters(octets)).toBe(text.isWellFormed() ? text : expect.any(String))
    }),
  )
})

it('a character that was cut in half is left off', () => {
  expect(toReadable('Ãber Ã¼')).toMatch(/ü$/)
  expect(toReadable('\xbcrgen: gr\xc3\xbc\xc3')).toBe('rgen: grü')
})

it('a U-label and its A-label are one domain', () => {
  expect(asciiDomain('bücher.example')).toBe('xn--bcher-kva.example')
  expect(asciiAddress('jürgen@bücher.example')).toBe('jürgen@xn--bcher-kva.example')
  expect(domainOf('a@BÜCHER.example')).toBe('xn--bcher-kva.example')
  expect(isSubdomain('mail.bücher.example', 'xn--bcher-kva.example')).toBe(true)
})
