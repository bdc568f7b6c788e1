/** What a rule pass leaves in memory for the one who may have to end its thread: the rule that runs, and those that hit. */

/** Between two rules; `hit` is the number of a rule that has hit. Its place is behind those that hit before, as far as there is room. */
export function noteProgress(progress: Int32Array, hit: number | null): void {
  progress[0] = -1
  const place = 2 + (progress[1] ?? 0)
  if (hit === null || place >= progress.length) return
  progress[place] = hit
  progress[1] = place - 1
}
