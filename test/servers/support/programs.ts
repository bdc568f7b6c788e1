/** Real servers for tests: whether they are there, and how they are started and ended. */
import { spawn, type ChildProcess } from 'node:child_process'
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const FOLDERS = ['/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin', '/sbin', '/bin']

/** Full path of a program, or null. */
export function findProgram(name: string): string | null {
  for (const folder of [...(process.env['PATH'] ?? '').split(':'), ...FOLDERS]) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      continue
    }
  }
  return null
}

/** A temporary folder that others may enter (servers drop their privileges). */
export function temporaryFolder(name: string, parent = tmpdir()): string {
  return mkdtempSync(join(parent, `hamlet-${name}-`))
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('no port')),
      )
    })
  })
}

export interface Running {
  readonly process: ChildProcess
  /** Everything the program has written so far. */
  output(): string
  /** Waits until the output matches; rejects with the output when it does not within the time. */
  until(pattern: RegExp, milliseconds?: number): Promise<RegExpMatchArray>
  /** Ends it and waits for its end; returns the exit code, or null after a signal. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** HAMLET_TEST_LOGS names a folder for what servers have written, for whoever looks into a failed test. */
function keepLog(pid: number | undefined, text: string): void {
  const folder = process.env['HAMLET_TEST_LOGS']
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${pid}.log`), text, 'latin1')
}

/** Milliseconds after which a program that does not end is ended. */
const PATIENCE = 60_000

export function startProgram(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string | undefined>> } = {},
): Running {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  child.on('error', (error) => (text += String(error)))
  child.on('exit', (code, signal) => keepLog(child.pid, `${text}\nended: ${signal ?? code}\n`))
  // its children may hold the pipes open: the end of the program itself is what counts
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return {
    process: child,
    output: () => text,
    until: (pattern, milliseconds = 15_000) =>
      waitFor(
        () => text.match(pattern),
        milliseconds,
        () => text,
      ),
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      const last = setTimeout(() => child.kill('SIGKILL'), PATIENCE)
      const code = await ended
      clearTimeout(last)
      child.stdout.destroy()
      child.stderr.destroy()
      return code
    },
  }
}

/** Asks again and again until there is something; rejects with the explanation when time is over. */
export async function waitFor<T>(
  ask: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  milliseconds = 15_000,
  explain: () => string = () => '',
): Promise<T> {
  const end = Date.now() + milliseconds
  for (;;) {
    const found = await ask()
    if (found !== null && found !== undefined && found !== false) return found
    if (Date.now() > end) throw new Error(`nothing came within ${milliseconds} ms\n${explain().slice(-4000)}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
