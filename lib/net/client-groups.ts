/** The IP groups of a configuration together with its country database: one thing to ask and one to keep fresh. */
import { openCountries } from './country.ts'
import { openGroups, type GroupDefinitions, type GroupProblem, type Groups } from './groups.ts'

/** `database` is a file in MaxMind's format, '' for none. */
export function openClientGroups(definitions: GroupDefinitions, database: string): Groups {
  if (database === '') return openGroups(definitions)
  const countries = openCountries(database)
  const groups = openGroups(definitions, { countryOf: countries.countryOf })
  const problem = (text: string | null): readonly GroupProblem[] =>
    text === null ? [] : [{ file: database, line: 0, text }]
  return {
    ...groups,
    problems: [...problem(countries.problem), ...groups.problems],
    refresh() {
      const before = countries.version()
      const news = problem(countries.refresh())
      if (countries.version() !== before) groups.forget()
      return [...news, ...groups.refresh()]
    },
  }
}
