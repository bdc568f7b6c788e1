/** An SMTP server that takes everything and remembers it, or misbehaves as it is told. */
import { createServer, type AddressInfo, type Socket } from 'node:net'

export interface SmtpSink {
  /** `127.0.0.1:port`, or `[host]:port` of another address. */
  readonly address: string
  readonly mails: readonly { readonly from: string; readonly to: readonly string[]; readonly text: string }[]
  close(): Promise<void>
}

/** `refuse` names the command that is answered with 550; `silent` never answers at all. */
export async function smtpSink(
  options: { readonly refuse?: string; readonly silent?: boolean; readonly host?: string } = {},
): Promise<SmtpSink> {
  const mails: { from: string; to: string[]; text: string }[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setEncoding('latin1')
    socket.on('error', () => undefined)
    if (options.silent !== true) socket.write('220-sink\r\n220 ready\r\n')
    let buffer = ''
    let mail = { from: '', to: [] as string[], text: '' }
    let inData = false
    socket.on('data', (chunk) => {
      buffer += String(chunk)
      for (;;) {
        const end = inData ? buffer.indexOf('\r\n.\r\n') : buffer.indexOf('\r\n')
        if (end < 0 || options.silent === true) return
        const line = buffer.slice(0, end)
        buffer = buffer.slice(end + (inData ? 5 : 2))
        if (inData) {
          inData = false
          mails.push({ ...mail, text: line.replace(/^\.\./gm, '.') })
          mail = { from: '', to: [], text: '' }
          socket.write('250 taken\r\n')
          continue
        }
        const verb = line.slice(0, 4).toUpperCase()
        if (verb === options.refuse) socket.write('550 5.7.1 no\r\n')
        else if (verb === 'DATA') {
          inData = true
          socket.write('354 go on\r\n')
        } else {
          if (verb === 'MAIL') mail.from = /<(.*)>/.exec(line)?.[1] ?? ''
          if (verb === 'RCPT') mail.to.push(/<(.*)>/.exec(line)?.[1] ?? '')
          socket.write(verb === 'EHLO' ? '250-sink\r\n250 8BITMIME\r\n' : '250 ok\r\n')
        }
      }
    })
  })
  const { host = '127.0.0.1' } = options
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return {
    address: `${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    mails,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
