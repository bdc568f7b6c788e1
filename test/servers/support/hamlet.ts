/** The daemon as its users run it: a process of its own, with a configuration file and a state folder. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, removeFolder, startProgram, temporaryFolder, waitFor, type Running } from './programs.ts'

export const ROOT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
const PROGRAM = join(ROOT, 'bin', 'hamlet.mjs')

/** Configuration for tests that ask no name server: every answer is missing at once. */
export const NO_DNS = 'dns: { servers: ["127.0.0.1:9"], timeout: 100ms }\ndns_lists: { lists: [] }'

export interface Hamlet {
  readonly folder: string
  readonly configFile: string
  /** For `smtpd_milters`. */
  readonly milter: string
  readonly port: number
  readonly running: Running
  log(): string
  /** The line of the journal that matches, as soon as it is there. */
  untilLogged(pattern: RegExp, milliseconds?: number): Promise<string>
  /** Replaces the configuration and asks for a reload. */
  reload(config: string): void
  stop(signal?: NodeJS.Signals): Promise<number | null>
  /** Starts again on the same state and address, after a stop or a kill. */
  restart(): Promise<Hamlet>
  remove(): void
}

export interface HamletOptions {
  /** YAML, without `listen` and `state`. */
  readonly config?: string
  /** Files below the configuration's folder: name -> content. */
  readonly files?: Readonly<Record<string, string>>
  /** Instead of TCP. */
  readonly listen?: string
  readonly folder?: string
  readonly port?: number
  /** Instead of `state` below the folder. */
  readonly stateFolder?: string
  readonly env?: Readonly<Record<string, string>>
}

export async function startHamlet(options: HamletOptions = {}): Promise<Hamlet> {
  const folder = options.folder ?? temporaryFolder('daemon')
  const port = options.port ?? (await freePort())
  const listen = options.listen ?? `inet:${port}@127.0.0.1`
  const configFile = join(folder, 'hamlet.yaml')
  const whole = (text: string) => `listen: "${listen}"\nstate: ${options.stateFolder ?? './state'}\n${text}`
  if (options.folder === undefined || options.config !== undefined)
    writeFileSync(configFile, whole(options.config ?? ''))
  for (const [name, content] of Object.entries(options.files ?? {})) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content, 'latin1')
  }
  const running = startProgram(process.execPath, [PROGRAM, 'start', '--config', configFile], {
    env: { ...options.env, NODE_OPTIONS: '' },
  })
  await running.until(/is listening/, 30_000)
  const lines = () => running.output().split('\n')
  return {
    folder,
    configFile,
    port,
    milter: listen.startsWith('inet:') ? `inet:127.0.0.1:${port}` : listen,
    running,
    log: running.output,
    untilLogged: (pattern, milliseconds) =>
      waitFor(() => lines().find((line) => pattern.test(line)), milliseconds, running.output),
    reload: (text) => {
      writeFileSync(configFile, whole(text))
      running.process.kill('SIGHUP')
    },
    stop: (signal) => running.stop(signal),
    restart: () => startHamlet({ ...options, folder, listen, port }),
    remove: () => removeFolder(folder),
  }
}

/** One run of a verb to its end. */
export async function hamlet(
  args: readonly string[],
  options: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const { spawn } = await import('node:child_process')
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, ...options.env, NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(Buffer.from(options.input ?? '', 'latin1'))
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, out, err }
}
