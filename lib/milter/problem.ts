/**
 * What a server tells its owner: one value per thing that went wrong, with the connection it concerns.
 */

export type ProblemKind =
  /** The peer broke the protocol, or was never an MTA. */
  | 'protocol'
  /** A callback threw, or answered what no MTA would take. */
  | 'handler'
  /** A callback or the peer took too long. */
  | 'timeout'
  /** A part of an answer could not be sent. */
  | 'answer'
  /** The MTA left while a callback was at work. */
  | 'peer-left'
  /** Refused because of the cap. */
  | 'connections'
  /** The operating system's complaint about a socket or a listener. */
  | 'socket'

/** Who is connected, for the log. */
export interface ConnectionInfo {
  /** Counts from 1 within a server. */
  readonly id: number
  /** `address:port` of the MTA, or `unix`. */
  readonly peer: string
}

/** Something the administrator may want to read. `connection` is null where none is concerned. */
export interface Problem {
  readonly kind: ProblemKind
  readonly message: string
  readonly connection: ConnectionInfo | null
  /** What the handler threw. */
  readonly error?: unknown
}
