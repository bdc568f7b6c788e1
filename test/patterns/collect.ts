/**
 * Every regular expression of lib/: literals as the parser finds them, and those that `new RegExp` makes while modules
 * load, as they are made. Run by itself it prints them as JSON: modules are loaded under a RegExp that takes notes.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parse } from '@babel/parser'

export interface FoundPattern {
  /** Path from lib/. */
  readonly file: string
  readonly line: number
  readonly source: string
  readonly flags: string
}

export interface Collected {
  readonly patterns: readonly FoundPattern[]
  /** Calls of RegExp that made nothing while modules loaded: their patterns are made of what comes in later. */
  readonly later: readonly { readonly file: string; readonly line: number; readonly text: string }[]
}

const LIB = resolve(import.meta.dirname, '../../lib')
/** Modules that are a thread's or a program's own. */
const STARTS_SOMETHING = /\bparentPort\b|\bworkerData\b|\brestartWithV8Flags\(\)/

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly loc: { readonly start: { readonly line: number }; readonly end: { readonly line: number } }
  readonly [key: string]: unknown
}
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'

function* nodes(root: Node): Generator<Node> {
  yield root
  for (const value of Object.values(root)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* nodes(child)
  }
}

const isRegExpCall = ({ type, callee }: Node): boolean =>
  (type === 'NewExpression' || type === 'CallExpression') &&
  isNode(callee) &&
  callee.type === 'Identifier' &&
  callee['name'] === 'RegExp'

/** Patterns that RegExp makes while `load` runs, by the line of lib/ that asked for them. */
async function madeWhile(load: () => Promise<void>): Promise<FoundPattern[]> {
  const found: FoundPattern[] = []
  const original = globalThis.RegExp
  const note = (made: RegExp): RegExp => {
    const frames = (new Error('where').stack ?? '').split('\n').filter((line) => line.includes(`${LIB}/`))
    for (const frame of frames) {
      const [, file, line] = /([^()\s]+\.ts):(\d+):\d+\)?$/.exec(frame) ?? []
      if (file === undefined) continue
      const path = relative(LIB, file.replace('file://', ''))
      found.push({ file: path, line: Number(line), source: made.source, flags: made.flags })
    }
    return made
  }
  globalThis.RegExp = new Proxy(original, {
    construct: (target, args: [string, string?]) => note(new target(...args)),
    apply: (target, _this, args: [string, string?]) => note(target(...args)),
  })
  try {
    await load()
  } finally {
    globalThis.RegExp = original
  }
  return found
}

async function collect(): Promise<Collected> {
  const literals: FoundPattern[] = []
  const calls: { file: string; line: number; end: number; text: string }[] = []
  const files = readdirSync(LIB, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .toSorted()
  const texts = new Map(files.map((file) => [file, readFileSync(join(LIB, file), 'utf8')]))
  for (const [file, text] of texts) {
    const program: unknown = parse(text, { sourceType: 'module', plugins: ['typescript'] }).program
    if (!isNode(program)) continue
    for (const node of nodes(program)) {
      const { line } = node.loc.start
      if (node.type === 'RegExpLiteral')
        literals.push({ file, line, source: String(node['pattern']), flags: String(node['flags']) })
      else if (isRegExpCall(node))
        calls.push({ file, line, end: node.loc.end.line, text: text.slice(node.start, node.end) })
    }
  }
  const made = await madeWhile(async () => {
    for (const [file, text] of texts)
      if (!STARTS_SOMETHING.test(text) && file !== 'cli.ts') await import(join(LIB, file))
  })
  const isMade = (call: { file: string; line: number; end: number }): boolean =>
    made.some(({ file, line }) => file === call.file && line >= call.line && line <= call.end)
  return {
    patterns: [...literals, ...made],
    later: calls.filter((call) => !isMade(call)).map(({ file, line, text }) => ({ file, line, text })),
  }
}

if (process.argv[1] === import.meta.filename) process.stdout.write(JSON.stringify(await collect()))
