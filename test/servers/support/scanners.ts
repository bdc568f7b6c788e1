/** clamd, spamd and rspamd on loopback, each in a folder of its own. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { findProgram, freePort, removeFolder, startProgram, temporaryFolder, waitFor } from './programs.ts'

export interface ScanServer {
  /** `127.0.0.1:port` */
  readonly address: string
  /** Path of its unix socket; '' when it has none. */
  readonly socket: string
  stop(): Promise<void>
}

/** The only thing that clamd knows in these tests; its database holds this one signature. */
export const TEST_MALWARE = 'HAMLET-TEST-MALWARE-THAT-HARMS-NOBODY'

export async function startClamd(): Promise<ScanServer> {
  const folder = temporaryFolder('clamd')
  const port = await freePort()
  const socket = join(folder, 'socket')
  mkdirSync(join(folder, 'db'))
  const signature = `Hamlet.Test.Malware:0:*:${Buffer.from(TEST_MALWARE).toString('hex')}\n`
  writeFileSync(join(folder, 'db', 'test.ndb'), signature)
  const lines = [
    `LocalSocket ${socket}`,
    `TCPSocket ${port}`,
    'TCPAddr 127.0.0.1',
    `DatabaseDirectory ${join(folder, 'db')}`,
    `TemporaryDirectory ${folder}`,
    'Foreground yes',
    'MaxThreads 2',
    'StreamMaxLength 2M',
    '',
  ]
  writeFileSync(join(folder, 'clamd.conf'), lines.join('\n'))
  return start(folder, port, socket, 'clamd', ['-c', join(folder, 'clamd.conf')])
}

export async function startSpamd(): Promise<ScanServer> {
  const folder = temporaryFolder('spamd')
  const port = await freePort()
  return start(folder, port, '', 'spamd', [
    '-L',
    '-x',
    '--nouser-config',
    '-i',
    '127.0.0.1',
    '-p',
    String(port),
    '-s',
    'stderr',
    '-m',
    '1',
    '-H',
    folder,
  ])
}

export async function startRspamd(): Promise<ScanServer> {
  const folder = temporaryFolder('rspamd')
  const port = await freePort()
  const config = [
    `options { pidfile = "${join(folder, 'pid')}"; filters = ""; temp_dir = "${folder}"; dns { nameserver = "127.0.0.1:9"; timeout = 0.1; retransmits = 1; } }`,
    'logging { type = "console"; level = "error"; }',
    `worker "normal" { bind_socket = "127.0.0.1:${port}"; count = 1; }`,
    'actions { reject = 15; add_header = 6; }',
    '',
  ]
  writeFileSync(join(folder, 'rspamd.conf'), config.join('\n'))
  return start(folder, port, '', 'rspamd', ['--insecure', '-f', '-c', join(folder, 'rspamd.conf')])
}

async function start(
  folder: string,
  port: number,
  socket: string,
  program: string,
  args: readonly string[],
): Promise<ScanServer> {
  const running = startProgram(findProgram(program) ?? program, args, { cwd: folder })
  await waitFor(() => listens(port), 60_000, running.output)
  return {
    address: `127.0.0.1:${port}`,
    socket,
    stop: async () => {
      await running.stop()
      removeFolder(folder)
    },
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1')
    const answer = (open: boolean) => {
      probe.destroy()
      resolve(open)
    }
    probe.once('connect', () => answer(true)).once('error', () => answer(false))
  })
}
