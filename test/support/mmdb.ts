/** A country database in MaxMind's format, small enough to be written by hand: IPv4 networks and their countries. */
import { parseRange } from '../../lib/net/ip.ts'

/** `{ '192.0.2.0/24': 'XX' }` -> the octets of the file. */
export function countryDatabase(networks: Readonly<Record<string, string>>): Buffer {
  interface Node {
    children: [Node | number | null, Node | number | null]
  }
  const root: Node = { children: [null, null] }
  const data: Buffer[] = []
  let size = 0
  for (const [network, code] of Object.entries(networks)) {
    const range = parseRange(network)
    if (typeof range === 'string' || range.family !== 4) throw new Error(network)
    const record = map({ country: map({ iso_code: text(code) }) })
    const bits = 32 - Math.round(Math.log2(range.high - range.low + 1))
    let at = root
    for (let bit = 0; bit < bits; bit++) {
      const side = (range.low / 2 ** (31 - bit)) & 1
      if (bit === bits - 1) at.children[side] = size
      else {
        const next = at.children[side]
        const node: Node = typeof next === 'object' && next !== null ? next : { children: [null, null] }
        at.children[side] = node
        at = node
      }
    }
    data.push(record)
    size += record.length
  }
  const nodes: Node[] = []
  const number = (node: Node): void => {
    nodes.push(node)
    for (const child of node.children) if (typeof child === 'object' && child !== null) number(child)
  }
  number(root)
  const tree = Buffer.concat(
    nodes.map(({ children }) =>
      Buffer.concat(
        children.map((child) => {
          const value =
            child === null
              ? nodes.length
              : typeof child === 'number'
                ? nodes.length + 16 + child
                : nodes.indexOf(child)
          return Buffer.from([value >>> 16, (value >>> 8) & 255, value & 255])
        }),
      ),
    ),
  )
  const metadata = map({
    binary_format_major_version: unsigned(5, 2),
    binary_format_minor_version: unsigned(5, 0),
    build_epoch: unsigned(9, 1),
    database_type: text('Test-Country'),
    description: map({}),
    ip_version: unsigned(5, 4),
    languages: Buffer.from([0, 4]),
    node_count: unsigned(6, nodes.length),
    record_size: unsigned(5, 24),
  })
  return Buffer.concat([
    tree,
    Buffer.alloc(16),
    ...data,
    Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    metadata,
  ])
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([(2 << 5) | value.length]), Buffer.from(value)])
}

function unsigned(type: number, value: number): Buffer {
  const octets = value === 0 ? [] : value < 256 ? [value] : [value >>> 8, value & 255]
  return Buffer.from(
    type > 7 ? [octets.length, type - 7, ...octets] : [(type << 5) | octets.length, ...octets],
  )
}

function map(entries: Readonly<Record<string, Buffer>>): Buffer {
  const pairs = Object.entries(entries)
  return Buffer.concat([
    Buffer.from([(7 << 5) | pairs.length]),
    ...pairs.flatMap(([key, value]) => [text(key), value]),
  ])
}
