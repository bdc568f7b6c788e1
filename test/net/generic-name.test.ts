import { describe, expect, it } from '@jest/globals'
import { isGeneric } from '../../lib/net/generic-name.ts'
import { parseAddress } from '../../lib/net/ip.ts'

describe('generic names', () => {
  it.each([
    ['dsl-192-0-2-7.pool.isp.example', true],
    ['7.2.0.192.dynamic.isp.example', true],
    ['host192-0-2-7.isp.example', true],
    ['192.0.2.7.static.isp.example', true],
    ['ip-c0000207.isp.example', true],
    ['c0000207.isp.example', true],
    ['192000002007.isp.example', true],
    ['static-7-2-0.isp.example', true],
    ['p5dcf.dip0.isp.example', true],
    ['customer-33.isp.example', true],
    ['vps-4711.hosting.example', false],
    ['mail.company.example', false],
    ['mx7.company.example', false],
    ['mail2.static.example', false],
    ['smtp-out-192-7.company.example', false],
    ['dynamic.example', false],
    ['pooling-station.company.example', false],
    ['', false],
    ['localhost', false],
  ])('%s: %s', (name, wanted) => expect(isGeneric(name, parseAddress('192.0.2.7')!)).toBe(wanted))

  it.each([
    ['2001-db8-0-0-0-0-0-7.isp.example', false],
    ['20010db8000000000000000000000007.isp.example', true],
    ['2a00-0000000000000007.isp.example', true],
    ['mail.company.example', false],
  ])('IPv6 %s: %s', (name, wanted) => expect(isGeneric(name, parseAddress('2001:db8::7')!)).toBe(wanted))
})
