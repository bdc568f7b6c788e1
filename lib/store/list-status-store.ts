/** What the daemon last found of each DNS list, for `hamlet lists`, which runs beside it. */
export interface ListRecord {
  /** As people know the list: without the key. */
  readonly label: string
  /** Why it is not asked, or null. */
  readonly suspended: string | null
  /** Since when it is not asked. */
  readonly since: number | null
  /** When it was last tested. */
  readonly tested: number | null
  /** Why the last test got no answer, or null. */
  readonly silent: string | null
  /** Of the latest clients, which share the list has; null as long as there are too few. */
  readonly share: number | null
}

export interface ListStatusStore {
  /** Takes the place of everything recorded before, in one step. */
  replace(records: readonly ListRecord[], now: number): void
  /** In the order of the configuration, and when that was recorded; null when nothing ever was, or in the future only. */
  latest(now: number): { readonly at: number; readonly records: readonly ListRecord[] } | null
}
