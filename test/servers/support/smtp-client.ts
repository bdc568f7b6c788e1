/** An SMTP client for tests: says exactly what it is told, byte for byte, and gives back the replies. */
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export interface SmtpAnswer {
  readonly code: number
  /** All lines without their codes. */
  readonly text: string
}

export class SmtpClient {
  #socket: Socket
  #buffer = ''
  #waiting: { resolve: (answer: SmtpAnswer) => void; reject: (error: Error) => void }[] = []
  #answers: SmtpAnswer[] = []
  #ended: Error | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#listen(socket)
  }

  /** Connects and reads the greeting. */
  static async connect(
    port: number,
    host = '127.0.0.1',
  ): Promise<{ client: SmtpClient; greeting: SmtpAnswer }> {
    const client = SmtpClient.open(port, host)
    return { client, greeting: await client.answer() }
  }

  /** Connects and says EHLO, to Postfix with the attributes of another client (XCLIENT). */
  static async session(
    port: number,
    { helo = 'client.example', xclient = '' }: { helo?: string; xclient?: string } = {},
  ): Promise<SmtpClient> {
    const { client } = await SmtpClient.connect(port)
    if (xclient !== '') {
      const { code, text } = await client.command(`XCLIENT ${xclient}`)
      if (code !== 220) throw new Error(`XCLIENT ${xclient}: ${code} ${text}`)
    }
    await client.command(`EHLO ${helo}`)
    return client
  }

  /** Connects without waiting for anything. */
  static open(port: number, host = '127.0.0.1'): SmtpClient {
    return new SmtpClient(connectTcp({ port, host }))
  }

  /** Speaks TLS from the first octet on, as to port 465; resolves after the handshake, before any greeting. */
  static async openTls(port: number, host = '127.0.0.1'): Promise<SmtpClient> {
    const socket = connectTls({ port, host, rejectUnauthorized: false })
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve)
      socket.once('error', reject)
    })
    return new SmtpClient(socket)
  }

  /** The next reply of the server. */
  answer(): Promise<SmtpAnswer> {
    const ready = this.#answers.shift()
    if (ready !== undefined) return Promise.resolve(ready)
    if (this.#ended !== null) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  }

  /** One command and its reply. */
  command(line: string): Promise<SmtpAnswer> {
    this.write(`${line}\r\n`)
    return this.answer()
  }

  /** Several commands in one packet (RFC 2920); their replies. */
  async pipeline(...lines: readonly string[]): Promise<SmtpAnswer[]> {
    this.write(lines.map((line) => `${line}\r\n`).join(''))
    const answers: SmtpAnswer[] = []
    for (const _line of lines) answers.push(await this.answer())
    return answers
  }

  /** MAIL, RCPT for each, DATA and the mail; the reply that decides, and the replies to each RCPT. */
  async send(mail: {
    from: string
    to: readonly string[]
    bytes: string | Uint8Array
    parameters?: string
  }): Promise<{
    answer: SmtpAnswer
    recipients: SmtpAnswer[]
  }> {
    const from = await this.command(`MAIL FROM:<${mail.from}>${mail.parameters ?? ''}`)
    if (from.code !== 250) return { answer: from, recipients: [] }
    const recipients: SmtpAnswer[] = []
    for (const to of mail.to) recipients.push(await this.command(`RCPT TO:<${to}>`))
    const data = await this.command('DATA')
    if (data.code !== 354) return { answer: data, recipients }
    this.write(dotStuff(mail.bytes))
    this.write('\r\n.\r\n')
    return { answer: await this.answer(), recipients }
  }

  /** STARTTLS was answered with 220: speak TLS from here on. */
  async startTls(): Promise<void> {
    this.#socket.removeAllListeners('data')
    const secured = connectTls({ socket: this.#socket, rejectUnauthorized: false })
    await new Promise<void>((resolve, reject) => {
      secured.once('secureConnect', resolve)
      secured.once('error', reject)
    })
    this.#socket = secured
    this.#listen(secured)
  }

  async quit(): Promise<void> {
    try {
      await this.command('QUIT')
    } catch {
      // the server hung up first
    }
    this.destroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => this.#take(chunk.toString('latin1')))
    socket.on('error', (error) => this.#end(error))
    socket.on('close', () => this.#end(new Error('the server closed the connection')))
  }

  #take(text: string): void {
    this.#buffer += text
    for (;;) {
      const match = /^(?:\d{3}-[^\n]*\n)*(\d{3})(?: [^\n]*)?\n/.exec(this.#buffer)
      if (match === null) return
      this.#buffer = this.#buffer.slice(match[0].length)
      const lines = match[0].trimEnd().split('\n')
      const answer = { code: Number(match[1]), text: lines.map((line) => line.slice(4).trimEnd()).join('\n') }
      const waiting = this.#waiting.shift()
      if (waiting === undefined) this.#answers.push(answer)
      else waiting.resolve(answer)
    }
  }

  #end(error: Error): void {
    this.#ended ??= error
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}

function dotStuff(bytes: string | Uint8Array): Uint8Array {
  const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1')
  return Buffer.from(text.replace(/^\./gm, '..'), 'latin1')
}
