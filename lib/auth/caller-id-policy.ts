/**
 * The e-mail policy document of Microsoft's Caller ID (draft-atkinson-callerid-00 section 3.1): XML in the TXT records
 * of `_ep.<domain>`, here read from text to a plain value. Pure, and bounded: the text comes from a stranger's DNS.
 */

/** One `m` element: a group of outgoing servers. */
export interface ServerGroup {
  /** Domains whose own policy (or, lacking one, whose MX) stands for this group; if there are any, nothing else counts. */
  readonly indirect: readonly string[]
  /** Addresses, or names whose addresses are meant; '' is the domain itself. */
  readonly addresses: readonly string[]
  /** `address/prefix`, with `!` in front for an exclusion. */
  readonly ranges: readonly string[]
  /** Domains whose MX are meant; '' is the domain itself. */
  readonly exchanges: readonly string[]
}

export interface CallerIdPolicy {
  /** The domain is trying things out: as if there were no document. */
  readonly testing: boolean
  /** The domain sends no mail at all. */
  readonly noServers: boolean
  readonly groups: readonly ServerGroup[]
}

const NAMESPACE = 'http://ms.net/1'
/** Longest document that is read, and most elements of it. */
const LONGEST = 32_768
const MOST_ELEMENTS = 1_000

/** The document of a record set: one record as it is; several in the order of their first two characters, without them. */
export function assemble(records: readonly string[]): string | null {
  const parts = records.filter(
    (record) => records.length > 1 || /^\s*(?:<\?xml[^>]*>\s*)?<ep[\s>]/.test(record),
  )
  const text =
    parts.length > 1
      ? [...parts]
          .sort((one, other) => (one.slice(0, 2) < other.slice(0, 2) ? -1 : 1))
          .map((part) => part.slice(2))
          .join('')
      : (parts[0] ?? '')
  return text !== '' && text.length <= LONGEST && /^\s*(?:<\?xml[^>]*>\s*)?<ep[\s>]/.test(text) ? text : null
}

interface Token {
  readonly name: string
  readonly kind: 'open' | 'close' | 'empty'
  readonly attributes: string
  /** Text between this tag and the next. */
  readonly text: string
}

/** Null when it is no document of this kind or not well-formed. Elements nobody knows are passed over. */
export function parsePolicy(document: string): CallerIdPolicy | null {
  const tokens = tokenize(document)
  const root = tokens?.[0]
  if (!tokens || !root || root.name !== 'ep' || root.kind === 'close') return null
  if (attribute(root.attributes, 'xmlns') !== NAMESPACE) return null
  const groups: ServerGroup[] = []
  let noServers = false
  const path: string[] = []
  let members: { name: string; text: string }[] = []
  for (const { name, kind, text } of tokens) {
    if (kind === 'close') {
      if (path.pop() !== name) return null
      if (name === 'm' && path.join('/') === 'ep/out') groups.push(groupOf(members))
      continue
    }
    const inside = path.join('/')
    if (inside === 'ep/out' && name === 'noMailServers') noServers = true
    if (inside === 'ep/out' && name === 'm') {
      members = []
      if (kind === 'empty') groups.push(groupOf(members))
    }
    if (inside === 'ep/out/m') members.push({ name, text: kind === 'open' ? text.trim() : '' })
    if (kind === 'open') path.push(name)
  }
  if (path.length > 0) return null
  return { testing: attribute(root.attributes, 'testing') === 'true', noServers, groups }
}

function groupOf(members: readonly { readonly name: string; readonly text: string }[]): ServerGroup {
  const of = (wanted: string) => members.filter(({ name }) => name === wanted).map(({ text }) => text)
  return { indirect: of('indirect'), addresses: of('a'), ranges: of('r'), exchanges: of('mx') }
}

function tokenize(document: string): Token[] | null {
  const text = withoutRemarks(document)
  const tokens: Token[] = []
  const tag = /<(\/?)([A-Za-z][\w.:-]*)(?![\w.:-])([^<>]*)>([^<]*)/y
  tag.lastIndex = text.search(/\S/) < 0 ? 0 : text.search(/\S/)
  while (tag.lastIndex < text.length) {
    const [, slash, name = '', inner = '', content = ''] = tag.exec(text) ?? []
    if (name === '' || tokens.length >= MOST_ELEMENTS) return null
    const empty = inner.endsWith('/')
    const kind = slash === '/' ? 'close' : empty ? 'empty' : 'open'
    tokens.push({ name, kind, attributes: empty ? inner.slice(0, -1) : inner, text: content })
  }
  return tokens
}

/** Without comments and processing instructions; one that does not end is left. */
function withoutRemarks(document: string): string {
  let text = ''
  let at = 0
  const ends = new Map([
    ['<!--', '-->'],
    ['<?', '?>'],
  ])
  for (const { index, 0: start } of document.matchAll(/<!--|<\?/g)) {
    const end = ends.get(start)
    if (index < at || end === undefined) continue
    const found = document.indexOf(end, index + start.length)
    // none of its kind can end any more
    if (found < 0) ends.delete(start)
    else {
      text += document.slice(at, index)
      at = found + end.length
    }
  }
  return text + document.slice(at)
}

function attribute(attributes: string, name: string): string | null {
  const match = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes)
  return match ? (match[1] ?? match[2] ?? '') : null
}
