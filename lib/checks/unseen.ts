/**
 * Says once that the connections of the MTA cannot be seen from here (it runs on another host or in another network
 * namespace, or behind a proxy), so that nobody believes in a check that never finds anything.
 */

/** One client may have gone before the look; so many in a row have not. */
const IN_A_ROW = 20

/** Told of each client that was held back whether its connection was seen. */
export function createUnseen(inARow = IN_A_ROW): (seen: boolean, say?: (text: string) => void) => void {
  let unseen = 0
  return (seen, say) => {
    if (unseen >= inARow) return
    unseen = seen ? 0 : unseen + 1
    if (unseen === inARow)
      say?.(
        `repellent: none of the last ${inARow} connections of the MTA was seen on this host; clients that talk before the greeting are not found`,
      )
  }
}
