/** The MTA's queue of held mail, as the quarantine tool needs it. Hamlet owns no mail: everything is done by the MTA's own programs. */

export interface Held {
  readonly id: string
  /** Milliseconds since the epoch; 0 when unknown. */
  readonly arrived: number
  /** Octets. */
  readonly size: number
  readonly sender: string
  readonly recipients: readonly string[]
}

export interface HoldQueue {
  list(): readonly Held[]
  /** The mail as it stands in the queue, LF line ends; at most `limit` octets. Throws `QueueError` when it is not there. */
  read(id: string, limit: number): Buffer
  /** Gives it back to the MTA for delivery; it passes no filter again. */
  release(id: string): void
  remove(id: string): void
}

/** A failure explained by its message. */
export class QueueError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'QueueError'
  }
}

/** Ids go onto command lines: letters and digits only, so that none can be an option or a path. */
export function checkedId(id: string): string {
  if (!/^[A-Za-z0-9]{4,40}$/.test(id)) throw new QueueError(`${id.slice(0, 60)} is no queue id`)
  return id
}
