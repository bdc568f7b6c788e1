import { describe, expect, it } from '@jest/globals'
import { decodeAnswer, decodeOffered } from '../../lib/milter/answer.ts'
import { callHandler } from '../../lib/milter/ask.ts'
import { decodeCommand } from '../../lib/milter/command.ts'
import { encodeFrame, FrameDecoder } from '../../lib/milter/frame.ts'
import type { Edit, MilterHandler } from '../../lib/milter/handler.ts'
import { encodeEdit, encodeRefusal } from '../../lib/milter/reply.ts'
import { ALL_ACTIONS, ANSWER, COMMAND, ProtocolError } from '../../lib/milter/wire.ts'
import { newSession } from './support/players.ts'
import { mailAddress } from '../../lib/milter/mail-address.ts'

// Seeded, so that a failure can be repeated; FUZZ_RUNS makes it longer.
const RUNS = Number(process.env.FUZZ_RUNS ?? 20_000)

function random(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 0x1_0000_0000) * below)
  }
}

const commands = Object.values(COMMAND)
const alphabet = Buffer.from('\0\0\0<>46LUi{}a@=: \n\r%MRDCB\xff', 'latin1')

function octetsOf(next: (below: number) => number, length: number, mapped: boolean): Buffer {
  return Buffer.from(
    Array.from({ length }, () => (mapped ? (alphabet[next(alphabet.length)] ?? 0) : next(256))),
  )
}

/** As `expect`, which costs too much to be called a million times. */
function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(`not so: ${JSON.stringify(what)}`)
}

/** True when it ended in an ordinary way, false after a ProtocolError; anything else is a bug. */
function survives(run: () => unknown): boolean {
  try {
    run()
    return true
  } catch (error) {
    if (error instanceof ProtocolError) return false
    throw error
  }
}

describe.each([
  ['raw', false],
  ['from the alphabet of the protocol', true],
] as const)('random octets, %s', (_, mapped) => {
  it('into the frame decoder', () => {
    const next = random(1)
    let frames = 0
    for (let count = 0; count < RUNS; count += 1) {
      survives(() => {
        const decoder = new FrameDecoder(64)
        for (let chunks = next(4); chunks >= 0; chunks -= 1) {
          const data = octetsOf(next, next(12), mapped)
          decoder.push(next(2) === 0 ? data : encodeFrame(next(256), data))
          while (decoder.next() !== null) frames += 1
        }
      })
    }
    expect(frames).toBeGreaterThan(RUNS / 20)
  })

  it('into the command and answer decoders', () => {
    const next = random(2)
    let good = 0
    for (let count = 0; count < RUNS; count += 1) {
      const command = next(8) === 0 ? next(256) : (commands[next(commands.length)] ?? 0)
      const data = octetsOf(next, next(24), mapped)
      if (survives(() => decodeCommand({ command, data }))) good += 1
      survives(() => decodeAnswer({ command: next(256), data }))
      survives(() => decodeOffered({ command: ANSWER.negotiate, data }))
    }
    expect(good).toBeGreaterThan(RUNS / 20)
  })
})

describe('random dialogues', () => {
  const plausible: readonly ((next: (below: number) => number) => Buffer)[] = [
    () => encodeFrame(COMMAND.helo, Buffer.from('mx\0')),
    () => encodeFrame(COMMAND.mail, Buffer.from('<a@example>\0')),
    () => encodeFrame(COMMAND.recipient, Buffer.from('<b@example>\0')),
    () => encodeFrame(COMMAND.data),
    () => encodeFrame(COMMAND.header, Buffer.from('A\0 b\0')),
    () => encodeFrame(COMMAND.endOfHeaders),
    (next) => encodeFrame(COMMAND.body, Buffer.alloc(next(40))),
    () => encodeFrame(COMMAND.endOfMessage),
    () => encodeFrame(COMMAND.connect, Buffer.from('mx\x004\0\x19192.0.2.1\0')),
    () => encodeFrame(COMMAND.abort),
    () => encodeFrame(COMMAND.quitNewConnection),
    () => encodeFrame(COMMAND.unknown, Buffer.from('XYZZY\0')),
    (next) => encodeFrame(COMMAND.macros, Buffer.from(`${'CHMRTLNBEU'[next(10)]}i\0Q\0`)),
    (next) => encodeFrame(next(256), octetsOf(next, next(10), true)),
  ]

  /** The first of them, from HELO to the end of the message, make a mail. */
  const ONWARDS = 8

  it('never confuse the state machine: a reply exactly where one is due', () => {
    const next = random(3)
    let mails = 0
    for (let count = 0; count < RUNS / 4; count += 1) {
      const answer = (): { kind: 'continue' } | { kind: 'reject' } | { kind: 'accept' } =>
        (['continue', 'continue', 'continue', 'reject', 'accept'] as const).map((kind) => ({ kind }))[
          next(5)
        ] ?? {
          kind: 'continue',
        }
      const all: MilterHandler = {
        connect: answer,
        helo: answer,
        sender: answer,
        recipient: answer,
        rejectedRecipient: () => undefined,
        data: answer,
        unknown: answer,
        header: answer,
        endOfHeaders: answer,
        body: () => (next(4) === 0 ? { kind: 'skip' } : answer()),
        message: (input) => {
          mails += 1
          must(input.body.length <= 50, 'the body is within its limit')
          must(input.truncated || input.bodySize === input.body.length, 'what is missing is said')
          return { reply: answer(), edits: [] }
        },
        aborted: () => undefined,
      }
      const handler = Object.fromEntries(Object.entries(all).filter(() => next(3) > 0)) as MilterHandler
      const session = newSession(handler, { bodyOctets: 50, headers: 3, headerOctets: 40, recipients: 2 })
      survives(() => {
        session.step({ command: COMMAND.negotiate, data: Buffer.from('00000006000001ff001fffff', 'hex') })
        for (let position = 0; position < 40; position += 1) {
          // Mostly onwards through a mail, so that the deep states are reached.
          const make = plausible[next(12) === 0 ? next(plausible.length) : position % ONWARDS]
          const frame = make?.(next) ?? Buffer.alloc(0)
          const step = session.step({ command: frame[4] ?? 0, data: frame.subarray(5) })
          if (step.kind === 'close') break
          if (step.kind !== 'ask') continue
          const expected = session.replyExpected
          const given = callHandler(handler, step.question, new AbortController().signal)
          if (given === undefined || 'then' in given) throw new Error('it answers at once')
          const { frames } = 'edits' in given ? session.answerMessage(given) : session.answer(given)
          must(frames.length === (expected ? 1 : 0), 'a reply exactly where one is due')
        }
      })
      must(!session.end() && !session.inTransaction, 'nothing is open after the end')
    }
    expect(mails).toBeGreaterThan(RUNS / 100)
  })
})

describe('hostile text in answers', () => {
  const pool = [
    '\r',
    '\n',
    '\0',
    '%',
    ' ',
    '\t',
    'x',
    ':',
    '<',
    '>',
    '\u010a',
    '\u010d',
    '\ud83d\ude00',
    '\x7f',
    '\xff',
  ]

  it('never forges a line, a header, or a string', () => {
    const next = random(4)
    for (let count = 0; count < RUNS; count += 1) {
      const text = Array.from({ length: next(20) }, () => pool[next(pool.length)]).join('')
      const refusal = decodeAnswer({
        command: ANSWER.replyCode,
        data: encodeRefusal({ code: 550, enhanced: '5.7.1', text }).subarray(5),
      })
      const lines = refusal.kind === 'final' && refusal.reply.kind === 'refuse' ? refusal.reply.lines : []
      must(lines.length > 0 && lines.every((line) => /^550[ -]5\.7\.1 [^\r\n\0]*$/.test(line)), text)
      const edits: Edit[] = [
        { kind: 'addHeader', name: 'X', value: text },
        { kind: 'changeSender', address: mailAddress(text), parameters: text },
        { kind: 'quarantine', reason: text },
      ]
      for (const edit of edits) {
        const encoded = encodeEdit(edit, { version: 6, actions: ALL_ACTIONS, steps: 0, macros: {} })
        const frame = encoded.kind === 'frames' ? encoded.frames[0] : undefined
        const data = frame?.toString('latin1', 5) ?? ''
        must(data.split('\0').length === (edit.kind === 'quarantine' ? 2 : 3), text)
        must(
          !(edit.kind === 'addHeader' ? /\r|\n(?![ \t])|\n[ \t]*\n|\n[ \t]*\0/ : /[\r\n]/).test(data),
          text,
        )
      }
    }
  })
})
