/** As much of an IMAP client as the tests of learning need. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'

export class ImapClient {
  readonly #socket: Socket
  #received = ''
  #wake: () => void = () => undefined
  #tag = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (data) => {
      this.#received += data.toString('latin1')
      this.#wake()
    })
  }

  static async login(port: number, user: string): Promise<ImapClient> {
    const client = new ImapClient(connect(port, '127.0.0.1'))
    await client.#until(/^\* OK/m)
    await client.command(`LOGIN ${user} secret`)
    return client
  }

  /** Sends a command and returns everything said until its tagged OK; anything else throws. */
  async command(text: string, literal?: string): Promise<string> {
    const tag = `a${++this.#tag}`
    this.#received = ''
    this.#socket.write(`${tag} ${text}${literal === undefined ? '' : ` {${literal.length}}`}\r\n`)
    if (literal !== undefined) {
      await this.#until(/^\+/m)
      this.#socket.write(`${literal}\r\n`, 'latin1')
    }
    const answer = await this.#until(new RegExp(`^${tag} (OK|NO|BAD).*$`, 'm'))
    if (!answer.includes(`${tag} OK`)) throw new Error(`${text}: ${answer.trim()}`)
    return answer
  }

  close(): void {
    this.#socket.destroy()
  }

  async #until(pattern: RegExp): Promise<string> {
    const deadline = Date.now() + 60_000
    while (!pattern.test(this.#received)) {
      if (Date.now() > deadline) throw new Error(`no answer: ${this.#received}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        setTimeout(resolve, 200)
      })
    }
    return this.#received
  }
}
