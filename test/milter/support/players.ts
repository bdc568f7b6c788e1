/**
 * Two ways to play a dialogue: against the state machine alone, and against a server over a socket.
 */

import { decodeAnswer, decodeOffered } from '../../../lib/milter/answer.ts'
import { callHandler, isThenable } from '../../../lib/milter/ask.ts'
import { FrameDecoder } from '../../../lib/milter/frame.ts'
import type { MilterHandler } from '../../../lib/milter/handler.ts'
import { createMilterServer, DEFAULT_LIMITS, MilterClient } from '../../../lib/milter/index.ts'
import { callbacksOf } from '../../../lib/milter/negotiate.ts'
import { Session } from '../../../lib/milter/session.ts'
import { COMMAND, ProtocolError } from '../../../lib/milter/wire.ts'
import { scripted, showEdit, showOffered, showReply, type Dialogue, type Turn } from './dialogue.ts'

export interface Played {
  /** One list of answers per turn. */
  readonly answers: readonly (readonly string[])[]
  readonly events: readonly string[]
  /** What the server told its owner. */
  readonly problems: readonly string[]
}

export function newSession(handler: MilterHandler, limits: Record<string, number> = {}): Session {
  return new Session(
    {
      limits: { ...DEFAULT_LIMITS, ...limits },
      negotiation: { macros: { connect: ['j', 'v'] }, requiredActions: 0, answerBody: true },
    },
    () => callbacksOf(handler),
  )
}

/** The state machine, with the handler called at once. */
export function playSession(dialogue: Dialogue): Played {
  const events: string[] = []
  const problems: string[] = []
  let handler = scripted(dialogue, events)
  const session = newSession(handler, dialogue.limits)
  const state = { closed: false }
  const finish = (): void => {
    const asked = session.end()
    if (session.takeAborted() && !asked) handler.aborted?.()
    handler.closed?.()
    state.closed = true
  }
  const play = ({ frames }: Turn): string[] => {
    if (state.closed) return ['closed']
    const decoder = new FrameDecoder(DEFAULT_LIMITS.frameOctets)
    decoder.push(frames)
    const shown: string[] = []
    for (let frame = decoder.next(); frame !== null && !state.closed; frame = decoder.next()) {
      const step = session.step(frame)
      if (session.takeAborted()) handler.aborted?.()
      if (step.kind === 'send') shown.push(...show(step.frame))
      else if (step.kind === 'close') finish()
      else if (step.kind === 'renew') {
        handler.closed?.()
        handler = scripted(dialogue, events)
      } else if (step.kind === 'ask') {
        const answer = callHandler(handler, step.question, new AbortController().signal)
        if (answer === undefined || isThenable(answer)) throw new Error('a scripted handler answers at once')
        const answered = 'edits' in answer ? session.answerMessage(answer) : session.answer(answer)
        shown.push(...answered.frames.flatMap(show))
        problems.push(...answered.problems)
      }
    }
    return shown
  }
  const answers = dialogue.turns.map((turn) => {
    try {
      const shown = play(turn)
      return shown.length === 0 ? ['nothing'] : shown
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      problems.push(error.message)
      finish()
      return [`closed ${error.code}`]
    }
  })
  if (!state.closed) finish()
  return { answers, events, problems }
}

/** A server on a unix socket, and the client as its MTA. */
export async function playSocket(dialogue: Dialogue, path: string): Promise<Played> {
  const events: string[] = []
  const problems: string[] = []
  const server = createMilterServer({
    listen: [`unix:${path}`],
    handler: () => scripted(dialogue, events),
    macros: { connect: ['j', 'v'] },
    onProblem: ({ message }) => problems.push(message),
    ...dialogue.limits,
  })
  await server.start()
  const client = await MilterClient.connect(`unix:${path}`, { timeoutMs: 5000 })
  const answers: string[][] = []
  try {
    for (const turn of dialogue.turns) {
      client.sendRaw(turn.frames)
      answers.push(await hear(client, turn))
    }
  } finally {
    client.destroy()
    await server.stop(1000)
  }
  return { answers, events, problems }
}

async function hear(client: MilterClient, { expected, frames }: Turn): Promise<string[]> {
  if (expected[0] === 'nothing') return ['nothing']
  if (expected[0]?.startsWith('closed') === true) {
    await client.waitClosed()
    return [expected[0]]
  }
  if (frames[4] === COMMAND.negotiate) return [showOffered(decodeOffered(await client.readFrame()))]
  const { edits, reply } = await client.readAnswer()
  return [...edits.map(showEdit), showReply(reply)]
}

function show(octets: Buffer): string[] {
  const decoder = new FrameDecoder(DEFAULT_LIMITS.frameOctets)
  decoder.push(octets)
  const shown: string[] = []
  for (let frame = decoder.next(); frame !== null; frame = decoder.next()) {
    if (frame.command === COMMAND.negotiate) shown.push(showOffered(decodeOffered(frame)))
    else {
      const answer = decodeAnswer(frame)
      if (answer.kind === 'final') shown.push(showReply(answer.reply))
      else shown.push(answer.kind === 'edit' ? showEdit(answer.edit) : 'progress')
    }
  }
  return shown
}
