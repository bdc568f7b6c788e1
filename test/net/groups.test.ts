import { describe, expect, it } from '@jest/globals'
import { groupErrors, openGroups, parseNetworkFile, type GroupFiles } from '../../lib/net/groups.ts'

function fakeFiles(content: Record<string, string>) {
  let version = 1
  const files: GroupFiles = {
    version: (path) => {
      if (content[path] === undefined) throw new Error('no such file')
      return `${version}`
    },
    read: (path) => content[path] ?? '',
  }
  return { files, changed: () => void version++ }
}

describe('IP groups', () => {
  const groups = openGroups({
    office: ['192.0.2.0/24', '2001:db8::/32', 'branch'],
    branch: ['10.0.0.1-10.0.0.9', '198.51.100.7'],
    all_private: ['private'],
  })
  it.each([
    ['192.0.2.9', 'office'],
    ['198.51.100.7', 'branch office'],
    ['10.0.0.5', 'all_private branch office private'],
    ['10.0.0.10', 'all_private private'],
    ['::ffff:198.51.100.7', 'branch office'],
    ['2001:db8::5', 'office'],
    ['203.0.113.1', ''],
    ['unknown', ''],
  ])('%s is in: %s', (address, names) => {
    expect([...groups.of(address)].sort().join(' ')).toBe(names)
    // remembered answers are the same
    expect([...groups.of(address)].sort().join(' ')).toBe(names)
  })
  it('has nobody without an address', () => expect(groups.of(null).size).toBe(0))

  it('asks the country only where a group does', () => {
    const countries = openGroups(
      { far: ['country:xx'] },
      { countryOf: ({ value }) => (value === 1 ? 'XX' : null) },
    )
    expect([...countries.of('0.0.0.1')]).toContain('far')
    expect(countries.of('198.51.100.1').size).toBe(0)
  })
})

describe('files of networks', () => {
  it('have comments, and wrong lines cost only themselves', () => {
    expect(parseNetworkFile('# list\n192.0.2.0/24 ; SBL1\n\nnonsense\r\n2001:db8::/32 # v6\n')).toMatchObject(
      {
        ranges: [{ family: 4 }, { family: 6 }],
        errors: [{ line: 4, message: 'not an IP address, network or range: nonsense' }],
      },
    )
  })

  it('are read again when they change, and the last good content stays when they vanish', () => {
    const content: Record<string, string> = { '/a': '192.0.2.1\n' }
    const { files, changed } = fakeFiles(content)
    const groups = openGroups({ bad: ['file:/a'] }, { files })
    expect(groups.problems).toEqual([])
    expect([...groups.of('192.0.2.1')]).toEqual(['bad'])
    content['/a'] = '192.0.2.2\nxyz\n'
    expect(groups.refresh()).toEqual([])
    expect(groups.of('192.0.2.2').size).toBe(0)
    changed()
    expect(groups.refresh()).toEqual([
      { file: '/a', line: 2, text: 'not an IP address, network or range: xyz' },
    ])
    expect([...groups.of('192.0.2.2')]).toEqual(['bad'])
    expect(groups.of('192.0.2.1').size).toBe(0)
    delete content['/a']
    expect(groups.refresh()).toEqual([{ file: '/a', line: 0, text: 'cannot be read: no such file' }])
    expect(groups.refresh()).toEqual([])
    expect([...groups.of('192.0.2.2')]).toEqual(['bad'])
  })

  it('are reported at once when they cannot be read', () => {
    const groups = openGroups({ bad: ['file:/nowhere'] }, fakeFiles({}))
    expect(groups.problems).toEqual([{ file: '/nowhere', line: 0, text: 'cannot be read: no such file' }])
  })
})

describe('groupErrors', () => {
  it.each([
    [{ a: ['b'], b: ['192.0.2.1'] }, ''],
    [{ a: ['private'] }, ''],
    [{ a: ['b'] }, 'a.0 there is no group named b'],
    [
      { a: ['b'], b: ['a'] },
      'a.0 group a contains itself by way of b|b.0 group b contains itself by way of a',
    ],
    [{ a: ['a'] }, 'a.0 group a contains itself by way of a'],
    [{ a: ['192.0.2.1', '1.2.3'] }, 'a.1 not an IP address, network or range: 1.2.3'],
    [{ a: ['file:'] }, 'a.0 file: needs a path'],
    [{ a: ['country:Germany'] }, 'a.0 country: needs a code of two letters, not Germany'],
  ])('%j: %s', (definitions, wanted) => {
    const errors = groupErrors(definitions as Readonly<Record<string, readonly string[]>>)
    expect(errors.map(({ group, index, message }) => `${group}.${index} ${message}`).join('|')).toBe(wanted)
  })
})
