/**
 * What is true of the SMTP sessions that are open right now. It lives in memory, because it ends with them: the
 * count of a client's connections is exact even when the MTA dies, since its sockets close with it and every session
 * is closed exactly once.
 */
export interface SessionStore {
  /** Adds a session to a key (a client, a place in a queue); returns how many the key now has, this one included. */
  enter(key: string, session: string): number
  /** Takes it out again; harmless when it is not in. */
  leave(key: string, session: string): void
  count(key: string): number
  /** Counts something that happened in a session; returns how often it has happened. */
  note(session: string, what: string): number
  noted(session: string, what: string): number
  /** The session is over: out of every key, its notes forgotten. */
  close(session: string): void
  /** Keys with their counts, highest first; at most `limit`. */
  top(limit: number): readonly { readonly key: string; readonly count: number }[]
}

interface Open {
  readonly keys: Set<string>
  readonly notes: Map<string, number>
}

export function createSessionStore(): SessionStore {
  const members = new Map<string, Set<string>>()
  const sessions = new Map<string, Open>()
  const opened = (session: string): Open => {
    let open = sessions.get(session)
    if (!open) sessions.set(session, (open = { keys: new Set(), notes: new Map() }))
    return open
  }
  const leave = (key: string, session: string) => {
    const inside = members.get(key)
    if (!inside?.delete(session)) return
    if (inside.size === 0) members.delete(key)
  }
  return {
    enter(key, session) {
      opened(session).keys.add(key)
      let inside = members.get(key)
      if (!inside) members.set(key, (inside = new Set()))
      inside.add(session)
      return inside.size
    },
    leave(key, session) {
      sessions.get(session)?.keys.delete(key)
      leave(key, session)
    },
    count: (key) => members.get(key)?.size ?? 0,
    note(session, what) {
      const { notes } = opened(session)
      const times = (notes.get(what) ?? 0) + 1
      notes.set(what, times)
      return times
    },
    noted: (session, what) => sessions.get(session)?.notes.get(what) ?? 0,
    close(session) {
      for (const key of sessions.get(session)?.keys ?? []) leave(key, session)
      sessions.delete(session)
    },
    top: (limit) =>
      [...members]
        .map(([key, inside]) => ({ key, count: inside.size }))
        .sort((one, other) => other.count - one.count || (one.key < other.key ? -1 : 1))
        .slice(0, limit),
  }
}
