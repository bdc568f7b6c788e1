/** Metas that wait for each other: they and what asks for them can never be worked out. */
import type { Definition } from './definition.ts'

/** Names of metas in circles, with the metas each waits for; metas that ask for one of those are among them. */
export function unsolvableMetas(definitions: readonly Definition[]): ReadonlyMap<string, readonly string[]> {
  const waiting = new Map<string, Set<string>>()
  const askedBy = new Map<string, string[]>()
  const metas = new Set(definitions.filter(({ test }) => test.kind === 'meta').map(({ name }) => name))
  for (const { name, test } of definitions) {
    if (test.kind !== 'meta') continue
    const asks = test.expression.names.filter((other) => metas.has(other))
    waiting.set(name, new Set(asks))
    for (const other of asks) askedBy.set(other, [...(askedBy.get(other) ?? []), name])
  }
  const solved = [...waiting].filter(([, asks]) => asks.size === 0).map(([name]) => name)
  for (let name = solved.pop(); name !== undefined; name = solved.pop()) {
    waiting.delete(name)
    for (const asker of askedBy.get(name) ?? []) {
      const asks = waiting.get(asker)
      if (asks?.delete(name) === true && asks.size === 0) solved.push(asker)
    }
  }
  return new Map([...waiting].map(([name, asks]) => [name, [...asks]]))
}
