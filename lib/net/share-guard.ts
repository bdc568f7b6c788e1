/** Which share of the latest different clients a list has: a ring of fixed size, each client counted once. */
export interface ShareGuard {
  /** Adds a client; returns the share once the ring is full, else null. */
  add(client: string, listed: boolean): number | null
  share(): number | null
  clear(): void
}

export function createShareGuard(size: number): ShareGuard {
  // A Map keeps insertion order: the first key is the oldest client.
  const latest = new Map<string, boolean>()
  let listed = 0
  const drop = (client: string) => {
    if (latest.get(client)) listed--
    latest.delete(client)
  }
  const share = () => (latest.size >= size ? listed / latest.size : null)
  return {
    add(client, isListed) {
      drop(client)
      if (latest.size >= size)
        for (const oldest of latest.keys()) {
          drop(oldest)
          break
        }
      latest.set(client, isListed)
      if (isListed) listed++
      return share()
    },
    share,
    clear() {
      latest.clear()
      listed = 0
    },
  }
}
