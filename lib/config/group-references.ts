/** Every IP group that is named somewhere must exist: a misspelt exemption would exempt nobody, silently. */

import { GROUP_NAME, groupErrors } from '../net/groups.ts'

const BUILT_IN: ReadonlySet<string> = new Set(['private'])
/** Sections that speak of clients; elsewhere the same words mean other things. */
const SECTIONS: ReadonlySet<string> = new Set([
  'caller_id',
  'client_name',
  'authentication',
  'clients',
  'dns_lists',
  'greylist',
  'helo',
  'limits',
  'repellent',
  'sender_domain',
  'spf',
])
/** Keys whose value is the name of a group, or a list of names. */
const REFERRING: ReadonlySet<string> = new Set(['exempt', 'allow', 'group', 'relays', 'trusted_forwarders'])
/** Deeper than any of these keys stands. */
const DEEPEST = 8

interface Misnamed {
  readonly path: readonly (string | number)[]
  readonly message: string
}

type Table = Readonly<Record<string, unknown>>
const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * What is wrong with groups and with their names elsewhere. Looks at the configuration as it was written, so that this
 * is said together with all that is wrong in other places.
 */
export function groupMistakes(plain: unknown): readonly Misnamed[] {
  if (!isTable(plain)) return []
  const definitions = isTable(plain.groups) ? plain.groups : {}
  return [...wrongDefinitions(definitions), ...unknownNames(plain, definitions)]
}

function wrongDefinitions(definitions: Table): readonly Misnamed[] {
  const entries = Object.entries(definitions).map(([name, value]): [string, string[]] => [
    name,
    // a private network stands for what is no text: that is the schema's to say
    (Array.isArray(value) ? value : [value]).map((entry) =>
      typeof entry === 'string' ? entry : '10.0.0.0/8',
    ),
  ])
  const at = (group: string, index: number) => (Array.isArray(definitions[group]) ? [group, index] : [group])
  return [
    ...entries.flatMap(([name]): Misnamed[] => {
      if (BUILT_IN.has(name))
        return [{ path: ['groups', name], message: `${name} is built in; choose another name` }]
      if (GROUP_NAME.test(name)) return []
      const message = 'expected a group name of letters, digits, `-` and `_`, a letter first'
      return [{ path: ['groups', name], message }]
    }),
    ...groupErrors(Object.fromEntries(entries)).map(({ group, index, message }) => ({
      path: ['groups', ...at(group, index)],
      message,
    })),
  ]
}

function unknownNames(plain: Table, definitions: Table): readonly Misnamed[] {
  const found: Misnamed[] = []
  const check = (name: unknown, path: readonly (string | number)[]) => {
    if (typeof name !== 'string' || BUILT_IN.has(name) || Object.hasOwn(definitions, name)) return
    const isName = GROUP_NAME.test(name)
    found.push({
      path,
      message: isName ? `there is no group named ${name}` : 'expected the name of an IP group',
    })
  }
  const walk = (value: unknown, path: readonly (string | number)[]) => {
    if (typeof value !== 'object' || value === null || path.length > DEEPEST) return
    for (const [key, inner] of Object.entries(value)) {
      const at = [...path, Array.isArray(value) ? Number(key) : key]
      if (path.length === 0 && !SECTIONS.has(key)) continue
      if (key === 'message_size_of' && isTable(inner))
        for (const name of Object.keys(inner).filter((name) => GROUP_NAME.test(name)))
          check(name, [...at, name])
      else if (!REFERRING.has(key)) walk(inner, at)
      else if (Array.isArray(inner)) inner.forEach((name, index) => check(name, [...at, index]))
      else check(inner, at)
    }
  }
  walk(plain, [])
  return found
}
