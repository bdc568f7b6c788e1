/**
 * Whose model: a file can hold several (the site's, those of domains, those of users), each row of each table naming
 * its own by the number of its scope.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Statements } from './bayes-statements.ts'

/** Key of the hashes: two numbers of 32 bits. */
type Salt = readonly [number, number]

export interface Scope {
  readonly id: number
  readonly salt: Salt
}

interface ScopeOptions {
  readonly scope?: string
  readonly readonly?: boolean
  readonly salt?: Salt
}

/** The model of that name, made when it is new; where nothing may be written a new one has the number -1, as no row has. */
export function scopeOf(sql: Statements, { scope = '', readonly = false, salt }: ScopeOptions): Scope {
  const find = () => (sql.scopeId.get(scope) as { id: number } | undefined)?.id
  if (find() === undefined && !readonly) sql.addScope.run(scope)
  return { id: find() ?? -1, salt: saltOfScope(saltOfFile(sql, readonly, salt), scope) }
}

function saltOfFile(sql: Statements, readonly: boolean, given: Salt | undefined): Salt {
  const read = () => (sql.property.get('salt') as { value: string } | undefined)?.value
  const stored = read()
  if (stored !== undefined) return saltOf(stored)
  const octets = randomBytes(8)
  const made = given ?? [octets.readUInt32LE(0), octets.readUInt32LE(4)]
  if (readonly) return made
  sql.setProperty.run('salt', made.join(' '))
  // Two processes may have made one at once: the first stays.
  return saltOf(read() ?? made.join(' '))
}

/** Words of different models are told apart by nothing but their hashes: another key for each. */
function saltOfScope([low, high]: Salt, scope: string): Salt {
  if (scope === '') return [low, high]
  const octets = createHash('sha256').update(`${low} ${high} ${scope}`).digest()
  return [octets.readUInt32LE(0), octets.readUInt32LE(4)]
}

function saltOf(text: string): Salt {
  const [low, high] = text.split(' ').map(Number)
  return [low ?? 0, high ?? 0]
}
