/**
 * Asks `ss` of iproute2, which any user may run, about TCP connections of this host. A shell that lives as long as
 * this process runs it: to start a program, a process as large as the daemon copies its page tables, during which it
 * does nothing else (35 ms at 470 MB); a shell is small.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

/** Ports of clients -> what `ss` prints about their connections. Rejects when it cannot be run. */
export type AskSockets = (ports: readonly number[]) => Promise<string>

type Shell = ChildProcessByStdio<Writable, Readable, null>

/** Milliseconds after which an `ss` that does not answer is given up, with its shell. */
const PATIENCE = 5000
/** Octets of one answer: some 400 a connection. */
const MOST_OUTPUT = 1_000_000
/** Ports in one question: its filter is an argument of a process and a program for the kernel. */
const MOST_PORTS = 200
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`
/** Each line is a filter, made of numbers alone; after the answer stands the exit code of `ss`. */
const SCRIPT = `while read -r filter; do ss -tinH "$filter" 2>&1; echo "= $?"; done`
const END = /(?:^|\n)= (\d+)\n$/

/** One shell, started with the first question. It does not hold the process open, and ends with it. */
export function createSocketAsker(script = SCRIPT, patience = PATIENCE): AskSockets {
  let shell: Shell | null = null
  let before: Promise<unknown> = Promise.resolve()

  function ask(filter: string): Promise<string> {
    shell ??= start(() => (shell = null))
    const current = shell
    return new Promise((resolve, reject) => {
      let text = ''
      const finish = (settle: () => void) => {
        clearTimeout(timer)
        current.stdout.off('data', take)
        current.off('close', gone)
        current.off('error', gone)
        settle()
      }
      const fail = (reason: string) => {
        if (shell === current) shell = null
        current.kill('SIGKILL')
        finish(() => reject(new Error(reason)))
      }
      const gone = () => fail('the shell that runs ss has ended')
      const take = (piece: string) => {
        text += piece
        if (text.length > MOST_OUTPUT) return fail('ss prints more than expected')
        const code = END.exec(text)?.[1]
        if (code === undefined) return
        if (code === '0') finish(() => resolve(text.slice(0, text.lastIndexOf('= '))))
        else if (code === '127') finish(() => reject(new Error('ss (iproute2) is not installed')))
        else finish(() => reject(new Error(`ss: ${text.split('\n')[0]?.slice(0, 200) ?? ''}`)))
      }
      const timer = setTimeout(() => fail(`ss did not answer within ${patience} ms`), patience)
      current.stdout.on('data', take)
      current.once('close', gone)
      current.once('error', gone)
      current.stdin.write(`${filter}\n`)
    })
  }

  function start(ended: () => void): Shell {
    const child = spawn('/bin/sh', ['-c', script], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { PATH, LC_ALL: 'C' },
    })
    child.once('close', ended)
    child.on('error', ended)
    child.stdin.on('error', () => undefined)
    child.stdout.setEncoding('latin1')
    child.unref()
    for (const pipe of [child.stdin, child.stdout]) if (isHandle(pipe)) pipe.unref()
    return child
  }

  return async (ports) => {
    const texts: string[] = []
    for (let at = 0; at < ports.length; at += MOST_PORTS) {
      const filter = `( ${ports
        .slice(at, at + MOST_PORTS)
        .map((port) => `dport = :${Math.trunc(port)}`)
        .join(' or ')} )`
      const answer = before.then(() => ask(filter))
      before = answer.catch(() => undefined)
      texts.push(await answer)
    }
    return texts.join('')
  }
}

/** The shell of this process, started when it is first asked. */
export const askSockets = createSocketAsker()

/** Pipes of a child are sockets, which the types do not say. */
const isHandle = (stream: object): stream is { unref(): void } => 'unref' in stream
