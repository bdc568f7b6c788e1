import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { openClientGroups } from '../../lib/net/client-groups.ts'
import { countryDatabase } from '../support/mmdb.ts'

describe('groups of countries', () => {
  const folder = mkdtempSync(join(tmpdir(), 'country-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const definitions = { far: ['country:xx', 'country:YY'], near: ['192.0.2.0/24'] }

  it('follow the database, and take up a new one', () => {
    const file = join(folder, 'countries.mmdb')
    writeFileSync(
      file,
      countryDatabase({ '192.0.2.0/24': 'XX', '198.51.100.0/25': 'YY', '203.0.113.0/24': 'ZZ' }),
    )
    const groups = openClientGroups(definitions, file)
    expect(groups.problems).toEqual([])
    const of = (address: string) => [...groups.of(address)].join(' ')
    expect(['192.0.2.7', '198.51.100.1', '198.51.100.200', '203.0.113.1', '2001:db8::1'].map(of)).toEqual([
      'far near',
      'far',
      '',
      '',
      '',
    ])
    expect(groups.refresh()).toEqual([])
    writeFileSync(file, countryDatabase({ '203.0.113.0/24': 'XX', '10.0.0.0/8': 'XX' }))
    expect(groups.refresh()).toEqual([])
    expect(['192.0.2.7', '203.0.113.1'].map(of)).toEqual(['near', 'far'])
    writeFileSync(file, 'no database')
    expect(groups.refresh()).toMatchObject([{ file, line: 0 }])
    expect(groups.refresh()).toEqual([])
    expect(of('203.0.113.1')).toBe('far')
  })

  it('are a mistake without a database', () => {
    expect(openClientGroups(definitions, '').problems).toEqual([
      { file: 'group far', line: 0, text: 'country:xx needs a country database' },
      { file: 'group far', line: 0, text: 'country:YY needs a country database' },
    ])
    expect(openClientGroups(definitions, join(folder, 'nowhere')).problems).toHaveLength(1)
  })
})
