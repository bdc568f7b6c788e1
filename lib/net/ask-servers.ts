/** Several name servers for one question: the first one's answer, or the next one's when that is slow or fails. */
import { codeOf } from '../fault.ts'
import type { Ask, NameServer, Records } from './name-server.ts'

/** Milliseconds after which the next server is asked as well. */
const NEXT_SERVER = 400
const ABSENT: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA'])

/** One server after the other, each begun before the last one has failed, until one knows. */
export async function askServers<T>(
  servers: readonly NameServer[],
  ask: Ask<T>,
  name: string,
): Promise<Records<T>> {
  const alive = servers.filter((server) => !server.dead())
  // a dead one tells so at once, and is tried by the way
  const waiting = alive.length > 0 ? [...alive] : [...servers]
  const asked = new Set<Promise<Asked<T>>>()
  let last: unknown = new Error('no DNS server')
  while (asked.size + waiting.length > 0) {
    const server = waiting.shift()
    if (server !== undefined) {
      const one: Promise<Asked<T>> = settled(server.ask(ask, name)).then((result) => ({ ...result, of: one }))
      asked.add(one)
    }
    const first = await soonest(asked, waiting.length > 0 ? NEXT_SERVER : null)
    if (first === null) continue
    asked.delete(first.of)
    if (first.records !== undefined) return first.records
    last = first.error
    // that there is nothing is an answer; of several failures the last one is told
    if (ABSENT.has(codeOf(last))) break
  }
  throw last
}

interface Asked<T> {
  readonly of: Promise<Asked<T>>
  readonly records?: Records<T>
  readonly error?: unknown
}

async function settled<T>(asked: Promise<Records<T>>): Promise<Omit<Asked<T>, 'of'>> {
  try {
    return { records: await asked }
  } catch (error) {
    return { error }
  }
}

/** The first that has an answer; null when none has within so many milliseconds. */
async function soonest<T>(
  asked: ReadonlySet<Promise<Asked<T>>>,
  limit: number | null,
): Promise<Asked<T> | null> {
  if (limit === null) return Promise.race(asked)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), limit)
  })
  try {
    return await Promise.race([...asked, late])
  } finally {
    clearTimeout(timer)
  }
}
