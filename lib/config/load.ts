/**
 * A configuration file -> a frozen `Config`, or every error in it at once, each with file:line and what was expected.
 * Unknown keys are errors, with the nearest known key named, because a misspelt key that is silently ignored is the
 * commonest way in which a filter does not do what its administrator believes it does.
 */
import { LineCounter, isMap, isScalar, parseDocument, visit, type Document } from 'yaml'
import { messageOf } from '../fault.ts'
import { inWords } from './expected.ts'
import { groupMistakes } from './group-references.ts'
import { configSchema, type Config } from './schema.ts'
import { nearest } from './nearest.ts'

export interface ConfigError {
  readonly file: string
  /** From 1; 0 when the error belongs to no line. */
  readonly line: number
  readonly text: string
}
/** The line on which a key or its value stands; 0 for what is not written in the file. */
export type LineOf = (path: readonly PropertyKey[]) => number

export type LoadedConfig =
  | { readonly ok: true; readonly config: Config; readonly lineOf?: LineOf }
  | {
      readonly ok: false
      readonly errors: readonly ConfigError[]
      /** What the sections without errors say, defaults for the others: to look for more errors elsewhere. */
      readonly partial?: Config
      readonly lineOf?: LineOf
    }

export const formatConfigError = ({ file, line, text }: ConfigError): string =>
  line > 0 ? `${file}:${line}: ${text}` : `${file}: ${text}`

/** Parses and checks the text of a configuration file; `file` is only used in messages. */
export function parseConfig(text: string, file: string): LoadedConfig {
  const tooDeep = deeperThan(text, DEEPEST)
  if (tooDeep > 0) return failure(file, tooDeep, `nested too deep; at most ${DEEPEST} levels are expected`)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  if (document.errors.length > 0)
    return {
      ok: false,
      errors: document.errors.slice(0, MOST_ERRORS).map(({ pos, message }) => ({
        file,
        line: lines.linePos(pos[0]).line,
        text: `not valid YAML: ${message.split('\n')[0] ?? ''}`,
      })),
    }
  let plain: unknown
  try {
    plain = document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    return failure(file, lastAlias(document, lines), `not valid YAML: ${messageOf(error)}`)
  }
  const given = withoutEmptySections(plain)
  const parsed = configSchema.safeParse(given)
  const mistakes = groupMistakes(given)
  const written: LineOf = (path) => {
    if (document.hasIn(path)) return lineAt(document, lines, path, false)
    // the one member of a list may stand without brackets
    return typeof path.at(-1) === 'number' ? written(path.slice(0, -1)) : 0
  }
  if (parsed.success && mistakes.length === 0)
    return { ok: true, config: deepFreeze(parsed.data), lineOf: written }
  const lineOf = (path: readonly PropertyKey[], ofKey: boolean) => lineAt(document, lines, path, ofKey)
  const issues = parsed.success ? [] : inWords(parsed.error.issues)
  const errors = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          file,
          line: lineOf([...issue.path, key], true),
          text: unknownKey(issue.path, key),
        }))
      : [{ file, line: lineOf(issue.path, false), text: `${nameOf(issue.path)}${issue.message}` }],
  )
  for (const { path, message } of mistakes)
    errors.push({ file, line: lineOf(path, false), text: `${nameOf(path)}${message}` })
  const partial = withoutSections(given, [...issues, ...mistakes])
  return {
    ok: false,
    errors: errors.toSorted((one, other) => one.line - other.line),
    lineOf: written,
    ...(partial === null ? {} : { partial }),
  }
}

/** The sections of which nothing is wrong; of groups those that are well. */
function withoutSections(
  given: unknown,
  wrong: readonly { readonly path: readonly PropertyKey[] }[],
): Config | null {
  if (typeof given !== 'object' || given === null) return null
  const bad = new Set(wrong.map(({ path: [section] }) => section))
  const badGroups = new Set(
    wrong.flatMap(({ path: [section, name] }) => (section === 'groups' ? [name] : [])),
  )
  const kept = Object.entries(given).flatMap(([name, value]): [string, unknown][] => {
    if (!Object.hasOwn(configSchema.shape, name)) return []
    if (name === 'groups' && typeof value === 'object' && value !== null)
      return [[name, Object.fromEntries(Object.entries(value).filter(([group]) => !badGroups.has(group)))]]
    return bad.has(name) ? [] : [[name, value]]
  })
  const parsed = configSchema.safeParse(Object.fromEntries(kept))
  return parsed.success ? deepFreeze(parsed.data) : null
}

/** Levels inside each other; the sections have five. */
const DEEPEST = 50
/** Of one file that is no YAML at all, each octet is an error. */
const MOST_ERRORS = 20

const failure = (file: string, line: number, text: string): LoadedConfig => ({
  ok: false,
  errors: [{ file, line, text }],
})

/** The first line on which more than `most` brackets are open or the indentation is deeper; 0 when there is none. */
function deeperThan(text: string, most: number): number {
  let open = 0
  for (const [index, line] of text.split('\n').entries()) {
    for (const char of line.replace(/#.*/, '')) {
      if (char === '[' || char === '{') open++
      else if ((char === ']' || char === '}') && open > 0) open--
      if (open > most) return index + 1
    }
    const [lead = ''] = /^[-? ]*/.exec(line) ?? []
    if (lead.length > 4 * most) return index + 1
  }
  return 0
}

/** The line of the last alias (`*name`), which is what multiplied too often; 0 when there is none. */
function lastAlias(document: Document, lines: LineCounter): number {
  let line = 0
  visit(document, {
    Alias(_key, { range }) {
      if (range) line = lines.linePos(range[0]).line
    },
  })
  return line
}

/** `scores:` with nothing below it but comments is null to YAML; it means the defaults, as does a file of comments. */
function withoutEmptySections(plain: unknown): unknown {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) return plain ?? {}
  return Object.fromEntries(Object.entries(plain).filter(([, section]) => section !== null))
}

/** The configuration of an installation that has no file. */
export function defaultConfig(): Config {
  return deepFreeze(configSchema.parse({}))
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? '' : `${path.map(String).join('.')}: `
}

function unknownKey(path: readonly PropertyKey[], key: string): string {
  const guess = nearest(key, knownKeys(path))
  return `${nameOf(path)}unknown key \`${key}\`${guess === null ? '' : `; did you mean \`${guess}\`?`}`
}

function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  let schema: unknown = configSchema
  for (const step of path) {
    const shape = shapeOf(schema)
    schema = shape === null ? elementOf(schema) : shape[String(step)]
  }
  return Object.keys(shapeOf(schema) ?? {})
}

/** Looks through defaults, refinements and transforms for an object's shape. */
function shapeOf(schema: unknown): Record<string, unknown> | null {
  let at = schema
  for (let depth = 0; depth < 12 && typeof at === 'object' && at !== null; depth++) {
    if ('shape' in at && typeof at.shape === 'object' && at.shape !== null) return { ...at.shape }
    at = innerOf(at)
  }
  return null
}

function elementOf(schema: unknown): unknown {
  let at = schema
  for (let depth = 0; depth < 12 && typeof at === 'object' && at !== null; depth++) {
    if ('element' in at) return at.element
    if ('valueType' in at) return at.valueType
    at = innerOf(at)
  }
  return null
}

function innerOf(schema: object): unknown {
  if (!('def' in schema) || typeof schema.def !== 'object' || schema.def === null) return null
  const { def } = schema
  if ('innerType' in def) return def.innerType
  // preprocess(...) and transforms are pipes: the object stands on the side that is not a bare transform
  if ('out' in def && 'in' in def) return isTransform(def.in) ? def.out : def.in
  return null
}

function isTransform(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'transform'
}

function lineAt(
  document: Document,
  lines: LineCounter,
  path: readonly PropertyKey[],
  ofKey: boolean,
): number {
  for (let length = path.length; length >= 0; length--) {
    const parent = length === 0 ? document.contents : document.getIn(path.slice(0, length - 1), true)
    if (length > 0 && isMap(parent)) {
      const pair = parent.items.find(
        ({ key }) => isScalar(key) && String(key.value) === String(path[length - 1]),
      )
      const node = pair === undefined ? null : ofKey || pair.value === null ? pair.key : pair.value
      const start = rangeStart(node) ?? rangeStart(pair?.key)
      if (start !== null) return lines.linePos(start).line
    }
    const start = rangeStart(document.getIn(path.slice(0, length), true))
    if (start !== null && length > 0) return lines.linePos(start).line
  }
  return document.contents === null ? 0 : 1
}

function rangeStart(node: unknown): number | null {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range))
    return null
  const start: unknown = node.range[0]
  return typeof start === 'number' ? start : null
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}
