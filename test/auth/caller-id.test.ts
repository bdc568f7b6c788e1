import { describe, expect, it } from '@jest/globals'
import { assemble, parsePolicy } from '../../lib/auth/caller-id-policy.ts'
import { checkCallerId, domainOfAddress, responsibleAddress } from '../../lib/auth/caller-id.ts'
import { judge } from '../../lib/checks/caller-id.ts'
import { parseAddress } from '../../lib/net/ip.ts'
import { summary } from '../support/session.ts'
import { zoneDns, type Zone } from '../support/zone-dns.ts'

const ep = (out: string, attributes = '') => `<ep xmlns='http://ms.net/1'${attributes}><out>${out}</out></ep>`
const m = (inside: string) => ep(`<m>${inside}</m>`)

describe('documents', () => {
  it('are one record, or several in the order of their first two characters', () => {
    expect(assemble([m('<mx/>')])).toBe(m('<mx/>'))
    expect(assemble(['02.2.1</a></m></out></ep>', "01<ep xmlns='http://ms.net/1'><out><m><a>192.0"])).toBe(
      m('<a>192.0.2.1</a>'),
    )
    expect(assemble(['v=spf1 -all'])).toBeNull()
    expect(assemble([])).toBeNull()
    expect(assemble([`<ep ${'x'.repeat(40_000)}`])).toBeNull()
  })

  it.each([
    [m('<mx/>'), { testing: false, noServers: false, groups: [{ exchanges: [''] }] }],
    [
      m(' <a> 192.0.2.1\n</a><r>!192.0.2.0/28</r> '),
      { groups: [{ addresses: ['192.0.2.1'], ranges: ['!192.0.2.0/28'] }] },
    ],
    [ep('<noMailServers/>'), { noServers: true, groups: [] }],
    [ep('<m/>'), { groups: [{ addresses: [] }] }],
    [ep('<m><mx/></m>', " testing='true'"), { testing: true }],
    [
      `<?xml version="1.0"?><!-- <m/> --><ep xmlns="http://ms.net/1"><in><m><a>1.2.3.4</a></m></in></ep>`,
      { groups: [] },
    ],
  ])('%s', (document, wanted) => expect(parsePolicy(document)).toMatchObject(wanted))

  it.each([
    '<ep><out><m><mx/></m></out></ep>',
    "<ep xmlns='http://ms.net/2'><out/></ep>",
    "<ep xmlns='http://ms.net/1'><out></ep></out>",
    "<ep xmlns='http://ms.net/1'><out>",
    "<other xmlns='http://ms.net/1'/>",
    '<<<>>>',
    '',
    ep('<m>'.repeat(2000)),
  ])('is none: %s', (document) => expect(parsePolicy(document)).toBeNull())
})

describe('the responsible address', () => {
  const headers = (...lines: string[]) =>
    lines.map((line) => ({
      name: line.slice(0, line.indexOf(':')),
      value: line.slice(line.indexOf(':') + 1),
    }))
  it.each([
    [['From: Ann <ann@a.example>'], 'ann@a.example'],
    [['From: ann@a.example', 'Sender: bob@b.example'], 'bob@b.example'],
    [['Resent-From: carl@c.example', 'From: ann@a.example', 'Sender: bob@b.example'], 'carl@c.example'],
    [
      ['Resent-Sender: dora@d.example', 'Resent-From: carl@c.example', 'From: ann@a.example'],
      'dora@d.example',
    ],
    [
      [
        'Resent-From: carl@c.example',
        'Received: by x',
        'Resent-Sender: dora@d.example',
        'From: ann@a.example',
      ],
      'carl@c.example',
    ],
    [['Subject: nobody'], null],
    [['Sender: ', 'From: ann@a.example'], 'ann@a.example'],
  ])('of %j', (lines, wanted) => expect(responsibleAddress(headers(...lines))).toBe(wanted))

  it('has a domain in A-labels', () => {
    expect(domainOfAddress(Buffer.from('a@Bücher.example').toString('latin1'))).toBe('xn--bcher-kva.example')
    expect(domainOfAddress('nobody')).toBeNull()
  })
})

describe('the check', () => {
  const of = (document: string): Zone => ({ '_ep.d.example': { txt: [document] } })
  const MX: Zone = {
    'd.example': { mx: [{ exchange: 'mx.d.example', priority: 1 }] },
    'mx.d.example': { a: ['192.0.2.1'] },
  }
  const chain = (length: number): Zone =>
    Object.fromEntries(
      Array.from({ length }, (_, index) => [
        `_ep.${index === 0 ? '' : `l${index}.`}d.example`,
        { txt: [m(`<indirect>l${index + 1}.d.example</indirect>`)] },
      ]),
    )
  it.each<[string, Zone, string]>([
    ['no document', { '_ep.d.example': 'absent' }, 'none'],
    ['the address', of(m('<a>192.0.2.1</a>')), 'pass'],
    ['another address', of(m('<a>192.0.2.2</a>')), 'fail'],
    ['a range', of(m('<r>192.0.2.0/24</r>')), 'pass'],
    ['excluded from the range', of(m('<r>192.0.2.0/24</r><r>!192.0.2.0/30</r>')), 'fail'],
    [
      'excluded from one group, in the next',
      of(ep('<m><r>!192.0.2.1/32</r><a>192.0.2.1</a></m><m><a>192.0.2.1</a></m>')),
      'pass',
    ],
    ['an empty range is no crash', of(m('<r></r><r>x/y</r>')), 'fail'],
    ['its incoming servers', { ...of(m('<mx/>')), ...MX }, 'pass'],
    ['an empty group: its incoming servers', { ...of(ep('<m/>')), ...MX }, 'pass'],
    ["another domain's incoming servers", { ...of(m('<mx>d.example</mx>')), ...MX }, 'pass'],
    ['a name', { ...of(m('<a>mx.d.example</a>')), ...MX }, 'pass'],
    ['itself by name', { ...of(m('<a/>')), 'd.example': { a: ['192.0.2.9'] } }, 'fail'],
    ['no servers at all', of(ep('<noMailServers/>')), 'fail'],
    ['nothing about servers', of(ep('')), 'none'],
    ['a test', of(ep('<m><a>192.0.2.2</a></m>', " testing='true'")), 'none'],
    ['not well-formed', of("<ep xmlns='http://ms.net/1'><out>"), 'permerror'],
    ['DNS fails', { '_ep.d.example': 'unavailable' }, 'temperror'],
    [
      'indirect',
      {
        ...of(m('<indirect>o.example</indirect><a>192.0.2.2</a>')),
        '_ep.o.example': { txt: [m('<a>192.0.2.1</a>')] },
      },
      'pass',
    ],
    [
      'indirect to a domain without a document: its incoming servers',
      {
        ...of(m('<indirect>o.example</indirect>')),
        '_ep.o.example': 'absent',
        'o.example': { a: ['192.0.2.1'] },
      },
      'pass',
    ],
    ['a circle', of(m('<indirect>d.example</indirect>')), 'none'],
    ['too deep', chain(20), 'none'],
    [
      'too broad',
      {
        ...of(m(Array.from({ length: 60 }, (_, index) => `<a>n${index}.example</a>`).join(''))),
        ...Object.fromEntries(
          Array.from({ length: 60 }, (_, index) => [`n${index}.example`, 'absent' as const]),
        ),
      },
      'permerror',
    ],
  ])('%s', async (_, zone, wanted) => {
    const options = { honourTesting: false, signal: new AbortController().signal }
    expect(
      (await checkCallerId('d.example', parseAddress('192.0.2.1')!, zoneDns(zone), options)).result,
    ).toBe(wanted)
  })

  it('takes a test for real by choice', async () => {
    const zone = of(ep('<m><a>192.0.2.2</a></m>', " testing='true'"))
    const options = { honourTesting: true, signal: new AbortController().signal }
    const answer = await checkCallerId('d.example', parseAddress('192.0.2.1')!, zoneDns(zone), options)
    expect(answer).toMatchObject({ result: 'fail', testing: true })
  })

  it.each([
    ['log', 'CALLER_ID_FAIL=0', undefined],
    ['score', 'CALLER_ID_FAIL', undefined],
    ['reject', 'CALLER_ID_FAIL', 'reject'],
    ['defer', 'CALLER_ID_FAIL', 'defer'],
  ] as const)('%s: %s', (fail, wanted, action) => {
    const result = judge(
      { result: 'fail', domain: 'd.example', testing: false, comment: '' },
      { fail, permerror: 'log' },
    )
    expect(summary(result)).toBe(wanted)
    expect(result.kind === 'hits' ? result.demands?.[0]?.action : null).toBe(action)
  })
})
