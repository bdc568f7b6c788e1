/** A TCP server that takes everything and never answers: a service that hangs. */
import { createServer, type AddressInfo, type Server } from 'node:net'

export interface SilentServer {
  readonly port: number
  readonly server: Server
}

export async function silentServer(): Promise<SilentServer> {
  const server = createServer((socket) => socket.resume().on('error', () => undefined))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, server }
}
