/** Every IP group that is named somewhere must exist: a misspelt exemption would exempt nobody, silently. */

const BUILT_IN: ReadonlySet<string> = new Set(['private'])
/** Sections that speak of clients; elsewhere the same words mean other things. */
const SECTIONS: ReadonlySet<string> = new Set([
  'caller_id',
  'client_name',
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
const REFERRING: ReadonlySet<string> = new Set(['exempt', 'allow', 'group', 'relays'])

export interface UnknownGroup {
  readonly path: readonly (string | number)[]
  readonly name: string
}

/** Names of groups nobody defined, with where they stand. Looks at the parsed configuration, sections only. */
export function unknownGroups(config: {
  readonly groups: Readonly<Record<string, unknown>>
}): readonly UnknownGroup[] {
  const found: UnknownGroup[] = []
  const check = (name: unknown, path: readonly (string | number)[]) => {
    if (typeof name === 'string' && !BUILT_IN.has(name) && !Object.hasOwn(config.groups, name))
      found.push({ path, name })
  }
  const walk = (value: unknown, path: readonly (string | number)[]) => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, inner] of Object.entries(value)) {
      const at = [...path, Array.isArray(value) ? Number(key) : key]
      if (path.length === 0 && !SECTIONS.has(key)) continue
      if (!REFERRING.has(key)) walk(inner, at)
      else if (Array.isArray(inner)) inner.forEach((name, index) => check(name, [...at, index]))
      else check(inner, at)
    }
  }
  walk(config, [])
  return found
}
