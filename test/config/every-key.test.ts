/** Every key of the schema stands on the configuration page, and every wrong value is answered with what was expected. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { stringify } from 'yaml'
import { parseConfig } from '../../lib/config/load.ts'
import { configSchema } from '../../lib/config/schema.ts'

type Step = string | number
interface Key {
  /** `scanners[].type`, `groups.NAME` as the page writes them. */
  readonly name: string
  /** Where a value is to be put; `fixed` are the values without which nobody looks there. */
  readonly path: readonly Step[]
  readonly fixed: readonly { readonly path: readonly Step[]; readonly value: unknown }[]
}

const field = (of: unknown, name: string): unknown =>
  typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined

/** All keys below a schema, found in the schema itself and not in what the page is made from. */
function keysOf(schema: unknown, at: Key, depth = 0): Key[] {
  if (depth > 40) throw new Error(`the schema does not end at ${at.name}`)
  const def = field(schema, 'def')
  const below = (inner: unknown, key: Key = at) => keysOf(inner, key, depth + 1)
  const shape = field(schema, 'shape')
  if (typeof shape === 'object' && shape !== null) {
    const fixed = [
      ...at.fixed,
      ...Object.entries(shape).flatMap(([name, inner]) => {
        const values: unknown = field(field(inner, 'def'), 'values')
        return field(field(inner, 'def'), 'type') === 'literal' && Array.isArray(values)
          ? [{ path: [...at.path, name], value: values[0] as unknown }]
          : []
      }),
    ]
    return Object.entries(shape).flatMap(([name, inner]) => {
      const key = { name: at.name === '' ? name : `${at.name}.${name}`, path: [...at.path, name], fixed }
      return [key, ...below(inner, key)]
    })
  }
  switch (field(def, 'type')) {
    case 'array':
      return below(field(def, 'element'), { ...at, name: `${at.name}[]`, path: [...at.path, 0] })
    case 'record':
      return below(field(def, 'valueType'), { ...at, name: `${at.name}.NAME`, path: [...at.path, 'name'] })
    case 'union': {
      const options = field(def, 'options')
      return Array.isArray(options) ? options.flatMap((option: unknown) => below(option)) : []
    }
    case 'pipe':
      return [...below(field(def, 'in')), ...below(field(def, 'out'))]
    default: {
      const inner = field(def, 'innerType')
      return inner === undefined ? [] : below(inner)
    }
  }
}

const KEYS = keysOf(configSchema, { name: '', path: [], fixed: [] })

/** The keys on the page, with the section before them. */
function keysOnPage(): ReadonlySet<string> {
  const keys = new Set<string>()
  let section = ''
  for (const line of readFileSync('docs/configuration.md', 'utf8').split('\n')) {
    const title = /^## (.+)$/.exec(line)?.[1]
    if (title !== undefined) {
      section = title === 'Top level' ? '' : `${title}.`
      keys.add(title)
    }
    const key = /^\| `([^`]+)` \|/.exec(line)?.[1]
    if (key === undefined) continue
    const steps = `${section}${key}`.split('.')
    steps.forEach((_, index) => keys.add(steps.slice(0, index + 1).join('.')))
  }
  return keys
}

function put(into: unknown, path: readonly Step[], value: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  if (typeof step === 'number') return [put(Array.isArray(into) ? into[0] : undefined, rest, value)]
  const object = typeof into === 'object' && into !== null && !Array.isArray(into) ? into : {}
  return { ...object, [step]: put(Reflect.get(object, step), rest, value) }
}

const WRONG: readonly (readonly [string, unknown])[] = [
  ['a truth', true],
  ['a negative number', -7.25],
  ['a number beyond all', 1e300],
  ['odd words', '\u{1}no such thing !'],
  ['an empty text', ''],
  ['a text beyond all', 'x'.repeat(5000)],
  ['a list of lists', [[]]],
  ['unknown keys', { xyzzy: 1 }],
]

describe('every key of the configuration', () => {
  it('is found, those of unions too', () => {
    const names = KEYS.map(({ name }) => name)
    for (const name of ['listen', 'scanners[].token', 'scanners[].user', 'links.lists[].codes.NAME.hit'])
      expect(names).toContain(name)
    expect(new Set(names).size).toBeGreaterThan(200)
  })

  it('stands on the page, with its kind and a sentence', () => {
    const page = keysOnPage()
    expect(KEYS.map(({ name }) => name).filter((name) => !page.has(name))).toEqual([])
    const rows = readFileSync('docs/configuration.md', 'utf8').split('\n')
    expect(
      rows.filter((row) => /^\| `.*\|\s*\|[^|]*\|[^|]*\|$/.test(row) || /list of +\|/.test(row)),
    ).toEqual([])
    expect(rows.filter((row) => /^\| `.*\| *\|$/.test(row))).toEqual([])
  })

  it.each(WRONG)('answers %s with what was expected', (_what, value) => {
    const silent: string[] = []
    for (const { name, path, fixed } of KEYS) {
      const around = fixed.reduce<unknown>((into, each) => put(into, each.path, each.value), {})
      const loaded = parseConfig(stringify(put(around, path, value)), 'f')
      if (loaded.ok) continue
      for (const { text } of loaded.errors) {
        const says =
          /: expected \S|: is missing$|unknown key `|: there is no group named \S|: cannot read \S/.test(text)
        if (!says || /undefined|invalid input|, received|must match|\bNaN\b/i.test(text))
          silent.push(`${name}: ${text.slice(0, 200)}`)
      }
    }
    expect([...new Set(silent)]).toEqual([])
  })

  it('says which types there are for a scanner of another type', () => {
    const loaded = parseConfig('scanners:\n  - type: clamv\n    name: a\n', 'f')
    expect(loaded.ok ? [] : loaded.errors).toEqual([
      { file: 'f', line: 2, text: 'scanners.0.type: expected `clamd` or `spamd` or `rspamd` or `https`' },
    ])
  })
})
