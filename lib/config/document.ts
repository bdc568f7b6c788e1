/** `docs/configuration.md`, made from the schema: every key with its type, its default and its sentence. */
import { z } from 'zod'
import { configSchema } from './schema.ts'

/** The part of JSON Schema that zod writes for our keys. */
interface Node {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly kind?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Node>>
  readonly additionalProperties?: Node | boolean
  readonly items?: Node
  readonly anyOf?: readonly Node[]
  readonly allOf?: readonly Node[]
  /** Alternatives told apart by a key of theirs, such as the types of scanners. */
  readonly oneOf?: readonly Node[]
}

const HEAD = `# Configuration

One YAML file; \`hamlet start --config FILE\`. Without a file every default below is in force. Every key is optional, an
unknown key is an error. \`hamlet check-config --config FILE\` reports all errors at once with their lines. A running
Hamlet reads the file again on SIGHUP; a file with errors leaves the old configuration in force.

Durations are written \`500ms\`, \`30s\`, \`5m\`, \`2h\`, \`7d\`, a bare number being seconds; sizes \`512KB\`, \`25MB\`, a bare number being octets. Relative paths start from the folder
of the configuration file.

This page is made from the schema (\`npm run -s docs\`); do not edit it.
`

/** The whole page. */
export function configurationPage(): string {
  const root: Node = JSON.parse(
    JSON.stringify(z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' })),
  )
  const defaults: unknown = configSchema.parse({})
  const sections: string[] = []
  const top: [string, Node][] = []
  for (const [name, node] of Object.entries(root.properties ?? {}))
    if (objectOf(node) !== null) sections.push(section(name, node, at(defaults, [name])))
    else {
      top.push([name, node])
      top.push(...membersOf(name, node))
    }
  return [HEAD, '## Top level', '', table(top), ...sections].join('\n') + '\n'
}

function section(name: string, node: Node, defaults: unknown): string {
  const rows = keysOf('', objectOf(node) ?? {}).map(([path, row]): [string, Node] => [
    path,
    withDefault(row, at(defaults, path.split('.'))),
  ])
  const text = node.description === undefined ? [] : ['', node.description]
  return ['', `## ${name}`, ...text, '', table(rows)].join('\n')
}

/** A default that is made of another form of the value (`off`) is not in the schema's words: it is what is in force. */
function withDefault(node: Node, inForce: unknown): Node {
  const isPlain = typeof inForce === 'string' || typeof inForce === 'number' || typeof inForce === 'boolean'
  return node.default === undefined && isPlain ? { ...node, default: inForce } : node
}

function at(value: unknown, path: readonly string[]): unknown {
  let here = value
  for (const step of path)
    here =
      typeof here === 'object' && here !== null && Object.hasOwn(here, step)
        ? Reflect.get(here, step)
        : undefined
  return here
}

/** Keys of an object, those of nested objects with dots, members of lists and maps with brackets. */
function keysOf(prefix: string, node: Node): [string, Node][] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]): [string, Node][] => {
    const path = prefix + name
    const inner = objectOf(child)
    if (inner !== null) return [...ownRow(path, child), ...keysOf(`${path}.`, inner)]
    return [[path, child], ...membersOf(path, child)]
  })
}

/** The keys of what a list or a map holds, where these are objects. */
function membersOf(path: string, node: Node): [string, Node][] {
  const element = elementOf(node)
  if (element === null) return []
  const prefix = `${path}${element.mark}.`
  const kinds = alternativesOf(element.node)
  return kinds.length === 0 ? keysOf(prefix, objectOf(element.node) ?? {}) : keysOfKinds(prefix, kinds)
}

/** Objects of several kinds: what all have alike is one row, what differs or is not of all says whose it is. */
function keysOfKinds(prefix: string, kinds: readonly Node[]): [string, Node][] {
  const rows = new Map<string, Map<string, { node: Node; of: string[] }>>()
  for (const kind of kinds)
    for (const [path, node] of keysOf(prefix, kind)) {
      const sameKey = rows.get(path) ?? new Map<string, { node: Node; of: string[] }>()
      rows.set(path, sameKey)
      const row = sameKey.get(JSON.stringify(node)) ?? { node, of: [] }
      sameKey.set(JSON.stringify(node), row)
      row.of.push(kindName(kind))
    }
  return [...rows].flatMap(([path, sameKey]): [string, Node][] => {
    const all = [...sameKey.values()]
    if (all.every(({ node }) => node.const !== undefined))
      return [[path, choiceOf(all.map(({ node }) => node))]]
    return all.map(({ node, of }): [string, Node] => {
      if (of.length === kinds.length) return [path, node]
      const whose = `Of ${of.map((name) => `\`${name}\``).join(', ')}: `
      return [path, { ...node, description: whose + (node.description ?? '') }]
    })
  })
}

/** The key by which the kinds are told apart, as one row. */
function choiceOf(nodes: readonly Node[]): Node {
  const words = nodes.map(({ const: value, description }) => `\`${String(value)}\`: ${description ?? ''}`)
  return { enum: nodes.map(({ const: value }) => value), description: words.join(' ') }
}

/** The value that tells an alternative from its neighbours. */
const kindName = ({ properties = {} }: Node): string =>
  Object.values(properties)
    .filter((child) => child.const !== undefined)
    .map((child) => String(child.const))
    .join(' ')

function alternativesOf(node: Node): readonly Node[] {
  return (node.oneOf ?? node.anyOf ?? []).flatMap((part) => objectOf(part) ?? [])
}

/** An object that can also be written as something else (`false`), or has words of its own, gets a row. */
function ownRow(path: string, node: Node): [string, Node][] {
  return node.description === undefined ? [] : [[path, { ...node, type: 'section' }]]
}

function objectOf(node: Node): Node | null {
  if (node.properties !== undefined) return node
  const inner = node.allOf?.find((part) => part.properties !== undefined)
  return inner ?? null
}

function elementOf(node: Node): { mark: string; node: Node } | null {
  const holdsKeys = (part: Node): boolean => objectOf(part) !== null || alternativesOf(part).length > 0
  const candidates = [node, ...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])]
  for (const { items, additionalProperties } of candidates) {
    if (items !== undefined && holdsKeys(items)) return { mark: '[]', node: items }
    if (typeof additionalProperties === 'object' && holdsKeys(additionalProperties))
      return { mark: '.NAME', node: additionalProperties }
  }
  return null
}

function table(rows: readonly (readonly [string, Node])[]): string {
  return [
    '| key | value | default | |',
    '|---|---|---|---|',
    ...rows.map(
      ([path, node]) =>
        `| \`${path}\` | ${kindOf(node)} | ${defaultOf(node)} | ${cell(node.description ?? '')} |`,
    ),
  ].join('\n')
}

function kindOf(node: Node): string {
  if (node.kind !== undefined) return cell(node.kind)
  if (node.type === 'section') return 'section'
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(', ')
  if (node.const !== undefined) return `\`${String(node.const)}\``
  const choices = node.anyOf ?? node.oneOf
  if (choices !== undefined) return [...new Set(choices.map(kindOf))].join(' or ')
  if (node.allOf !== undefined) return node.allOf.map(kindOf).find((kind) => kind !== '') ?? ''
  if (node.type === 'array') return `list of ${node.items === undefined ? 'values' : kindOf(node.items)}`
  if (node.type === 'object') return 'map'
  if (node.type === 'integer' || node.type === 'number') return `${node.type}${range(node)}`
  return node.type ?? ''
}

function range({ minimum, maximum }: Node): string {
  const isReal = (value: number | undefined): value is number =>
    value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER
  if (isReal(minimum) && isReal(maximum)) return `, ${minimum} to ${maximum}`
  if (isReal(minimum)) return `, ${minimum} or more`
  return ''
}

function defaultOf({ default: value, type }: Node): string {
  if (value === undefined || type === 'section') return ''
  if (Array.isArray(value))
    return value.length === 0 ? 'none' : value.map((one) => `\`${text(one)}\``).join(', ')
  if (value === '') return 'empty'
  return typeof value === 'object' ? 'none' : `\`${text(value)}\``
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** Table cells must not hold a bar or a line break. */
const cell = (words: string): string => words.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ')
