/**
 * Servers for tests: on a unix socket in a folder of their own, all stopped and removed after each test.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MilterFactory } from '../../../lib/milter/handler.ts'
import {
  createMilterServer,
  MilterClient,
  type MilterServer,
  type MilterServerOptions,
  type Problem,
} from '../../../lib/milter/index.ts'

export interface Running {
  readonly server: MilterServer
  readonly address: string
  readonly problems: Problem[]
  /** A connection, negotiated and past HELO unless `raw`. */
  connect(raw?: 'raw'): Promise<MilterClient>
}

const clients: MilterClient[] = []
const servers: MilterServer[] = []
const folders: string[] = []

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'milter-'))
  folders.push(folder)
  return folder
}

export async function run(
  handler: MilterFactory,
  options: Partial<MilterServerOptions> = {},
  version = 'Postfix 3.11',
): Promise<Running> {
  const problems: Problem[] = []
  const server = createMilterServer({
    listen: [`unix:${join(newFolder(), 'socket')}`],
    handler,
    onProblem: (problem) => problems.push(problem),
    ...options,
  })
  servers.push(server)
  const [first] = await server.start()
  const address = first?.text ?? ''
  return {
    server,
    address,
    problems,
    connect: async (raw) => {
      const client = await MilterClient.connect(address, { timeoutMs: 5000 })
      clients.push(client)
      if (raw === 'raw') return client
      await client.negotiate()
      await client.connect({ address: '192.0.2.1', hostname: 'client.example', port: 1 }, { v: version })
      await client.helo('client.example')
      return client
    },
  }
}

export async function stopAll(): Promise<void> {
  for (const client of clients.splice(0)) client.destroy()
  for (const server of servers.splice(0)) await server.stop(100)
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

/** Waits until it is so, at most five seconds. */
export async function until(condition: () => boolean): Promise<void> {
  for (let count = 0; count < 500 && !condition(); count += 1) await sleep(10)
  if (!condition()) throw new Error('it did not come to pass within 5 s')
}
