/**
 * A milter library: the protocol by which Postfix and Sendmail ask a filter about a mail while its client waits.
 *
 * `createMilterServer` is the filter's side, `MilterClient` the MTA's; `Session` is the protocol alone, for those who
 * bring their own transport. What a filter implements is in `handler.ts`, addresses are described in `address.ts`.
 */

export type {
  AtConnect,
  AtData,
  AtHelo,
  AtMessage,
  AtRecipient,
  AtRejectedRecipient,
  AtSender,
  AtUnknown,
  Client,
  Edit,
  Macros,
  LeftOut,
  MessageReply,
  MilterFactory,
  MilterHandler,
  Path,
  RawHeader,
  Reply,
  SmtpReply,
} from './handler.ts'
export { mailAddress, type MailAddress } from './mail-address.ts'
export { createMilterServer, DEFAULT_LIMITS, type MilterServer, type MilterServerOptions } from './server.ts'
export { BodyMemory, type BodyMemoryOptions, type SpillFile } from './body-memory.ts'
export type { TimeLimits } from './connection.ts'
export type { ConnectionInfo, Problem, ProblemKind } from './problem.ts'
export type { ListenAddress } from './listen.ts'
export { formatSocketAddress, ListenError, parseSocketAddress, type SocketAddress } from './address.ts'
export { DEFAULT_MACROS, type Agreement, type MacroLists } from './negotiate.ts'
export type { MessageLimits } from './transaction.ts'
export { MilterClient, type ClientOptions, type EndOfMessage, type MacroValues } from './client.ts'
export type { MilterReply, Offered } from './answer.ts'
export { probe, type Probe } from './probe.ts'
export { Session, type SessionOptions } from './session.ts'
export type { Answered, Question, Step } from './question.ts'
export { encodeFrame, FrameDecoder, type Frame } from './frame.ts'
export {
  ACTION,
  ANSWER,
  COMMAND,
  ProtocolError,
  STEP,
  type MacroStage,
  type ProtocolErrorCode,
} from './wire.ts'
