/** What rules see of one message: header values, lines of text, relays, links; each made on first use and kept. */
import { envelopeFrom } from '../mail/envelope.ts'
import type { Message } from '../mail/message.ts'
import { type Relays, parseReceived } from '../mail/received.ts'
import type { Uri } from '../mail/uri.ts'
import type { TextTarget } from './definition.ts'
import type { EnvelopeFacts } from './eval.ts'
import { HeaderAccess } from './header-access.ts'
import type { Program } from './program.ts'
import { TextLines } from './text-lines.ts'

export class MessageView {
  readonly message: Message
  readonly envelope: EnvelopeFacts
  readonly relays: Relays
  readonly headers: HeaderAccess
  readonly #program: Program
  readonly #joining: boolean
  readonly #lines = new Map<TextTarget, TextLines>()

  constructor(program: Program, message: Message, envelope: EnvelopeFacts, joining: boolean) {
    this.message = message
    this.envelope = envelope
    this.#program = program
    this.#joining = joining
    const trust = envelope.user === null ? program.trust : { ...program.trust, originating: true }
    const relays = parseReceived(message, trust)
    this.relays = relays
    let sender: string | undefined
    let asked = false
    this.headers = new HeaderAccess({
      message,
      relays,
      domains: program.domains,
      recipients: envelope.recipients,
      envelopeFrom() {
        if (envelope.sender !== null) return envelope.sender
        if (!asked) sender = envelopeFrom(message, relays, trust)
        asked = true
        return sender
      },
    })
  }

  lines(target: TextTarget): TextLines {
    let lines = this.#lines.get(target)
    if (lines === undefined) {
      lines = new TextLines(this.#read(target), this.#joining && target !== 'full')
      this.#lines.set(target, lines)
    }
    return lines
  }

  uris(): readonly Uri[] {
    return this.message.uris(this.#program.uriOptions)
  }

  #read(target: TextTarget): readonly string[] {
    switch (target) {
      case 'body':
        return this.message.rendered()
      case 'rawbody':
        return this.message.decoded()
      case 'uri':
        return [...new Set(this.uris().flatMap((uri) => uri.cleaned))]
      case 'full':
        return [this.message.full()]
    }
  }
}
