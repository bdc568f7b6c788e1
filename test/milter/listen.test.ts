import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { MilterHandler } from '../../lib/milter/handler.ts'
import { createMilterServer, formatSocketAddress, parseSocketAddress, probe } from '../../lib/milter/index.ts'
import { inheritedSockets } from '../../lib/milter/listen.ts'
import { newFolder, run, stopAll } from './support/running.ts'

afterEach(stopAll)

const handler = (): MilterHandler => ({ message: () => ({ reply: { kind: 'accept' }, edits: [] }) })

describe('an address', () => {
  it.each([
    ['inet:8893@127.0.0.1', { kind: 'inet', host: '127.0.0.1', port: 8893, family: 4 }],
    ['inet:127.0.0.1:8893', { kind: 'inet', host: '127.0.0.1', port: 8893, family: 4 }],
    ['inet:8893@localhost', { kind: 'inet', host: '127.0.0.1', port: 8893, family: 4 }],
    ['inet:8893', { kind: 'inet', host: '0.0.0.0', port: 8893, family: 4 }],
    ['inet:*:8893', { kind: 'inet', host: '0.0.0.0', port: 8893, family: 4 }],
    ['inet:mail.example:8893', { kind: 'inet', host: 'mail.example', port: 8893, family: 4 }],
    ['inet6:8893@::1', { kind: 'inet', host: '::1', port: 8893, family: 6 }],
    ['inet6:8893@[::1]', { kind: 'inet', host: '::1', port: 8893, family: 6 }],
    ['inet6:[::1]:8893', { kind: 'inet', host: '::1', port: 8893, family: 6 }],
    ['inet6:localhost:8893', { kind: 'inet', host: '::1', port: 8893, family: 6 }],
    ['inet6:8893', { kind: 'inet', host: '::', port: 8893, family: 6 }],
    ['unix:/run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
    ['local:/run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
    ['/run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
    ['unix:/run/a,b.sock', { kind: 'unix', path: '/run/a,b.sock' }],
    [
      'unix:/run/x.sock,mode=660,group=postfix',
      { kind: 'unix', path: '/run/x.sock', mode: 0o660, group: 'postfix' },
    ],
    ['unix:/run/x.sock,mode=0600', { kind: 'unix', path: '/run/x.sock', mode: 0o600 }],
    [`unix:/${'x'.repeat(106)}`, { kind: 'unix', path: `/${'x'.repeat(106)}` }],
    ['systemd', { kind: 'systemd', name: null }],
    ['systemd:milter', { kind: 'systemd', name: 'milter' }],
    ['fd:3', { kind: 'fd', fd: 3 }],
  ])('%s', (text, expected) => {
    expect(parseSocketAddress(text)).toEqual(expected)
    const { mode: _mode, group: _group, ...plain } = expected as Record<string, unknown>
    expect(parseSocketAddress(formatSocketAddress(parseSocketAddress(text)))).toEqual(plain)
  })

  it.each([
    ['', /expected inet:port@host/],
    ['tcp:8893', /expected inet:port@host/],
    ['run/x.sock', /expected inet:port@host/],
    ['inet:', /"" is no port/],
    ['inet:smtp@127.0.0.1', /"smtp" is no port/],
    ['inet:65536@127.0.0.1', /"65536" is no port/],
    ['inet:127.0.0.1', /"127.0.0.1" is no port/],
    ['inet:8893@::1', /::1 is an IPv6 address: write inet6:/],
    ['inet6:8893@127.0.0.1', /127.0.0.1 is an IPv4 address: write inet:/],
    ['inet:8893@ex ample', /neither an address nor a host name/],
    ['unix:x.sock', /must start with \//],
    ['unix:', /must start with \//],
    [`unix:/${'x'.repeat(107)}`, /the path has 108 octets, a unix socket's can have 107/],
    [`unix:/${'ö'.repeat(54)}`, /the path has 109 octets/],
    ['unix:/run/x,mode=9', /9 is no mode such as 660/],
    ['unix:/run/x,group=', /group= has no value/],
    ['fd:x', /"x" is no file descriptor/],
  ])('%s is refused', (text, message) => {
    expect(() => parseSocketAddress(text)).toThrow(message)
  })
})

describe('listening', () => {
  it('on several at a time, IPv4, IPv6 and unix', async () => {
    const listen = ['inet:0@127.0.0.1', 'inet6:0@::1', `unix:${join(newFolder(), 's')}`]
    const running = await run(handler, { listen })
    const server = createMilterServer({ listen, handler })
    expect(await probe(running.address)).toMatchObject({ kind: 'up' })
    await server.stop(0)
  })

  it('gives a unix socket its mode and group, and removes it at the end', async () => {
    const path = join(newFolder(), 's')
    const gid = process.getgid?.() ?? 0
    const running = await run(handler, { listen: [`unix:${path},mode=640,group=${gid}`] })
    expect(statSync(path).mode & 0o777).toBe(0o640)
    expect(statSync(path).gid).toBe(gid)
    await running.server.stop(0)
    expect(existsSync(path)).toBe(false)
  })

  it('takes mode and group from the options where the address has none', async () => {
    const path = join(newFolder(), 's')
    await run(handler, {
      listen: [`unix:${path}`],
      socketMode: 0o604,
      socketGroup: String(process.getgid?.() ?? 0),
    })
    expect(statSync(path).mode & 0o777).toBe(0o604)
  })

  it('takes the place of a socket that nobody answers on', async () => {
    const path = join(newFolder(), 's')
    const dead = spawn(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ])
    await once(dead, 'exit')
    expect(existsSync(path)).toBe(true)
    await run(handler, { listen: [`unix:${path}`] })
    expect(await probe(`unix:${path}`)).toMatchObject({ kind: 'up' })
  })

  const refused = async (listen: string[], options = {}): Promise<string> => {
    const server = createMilterServer({ listen, handler, ...options })
    try {
      await server.start()
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
    await server.stop(0)
    return 'it listens'
  }

  it('never takes a socket from somebody who listens', async () => {
    const running = await run(handler)
    expect(await refused([running.address])).toBe(
      `cannot listen on ${running.address}: another process listens on this socket`,
    )
    expect(await probe(running.address)).toMatchObject({ kind: 'up' })
  })

  it('never removes what is not a socket', async () => {
    const path = join(newFolder(), 'file')
    writeFileSync(path, 'precious')
    expect(await refused([`unix:${path}`])).toBe(
      `cannot listen on unix:${path}: there is something at this path that is not a socket`,
    )
    expect(statSync(path).size).toBe(8)
  })

  it('names a port in use, and opens nothing at all then', async () => {
    const taken = createServer()
    taken.listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const path = join(newFolder(), 's')
    expect(await refused([`unix:${path}`, `inet:${port}@127.0.0.1`])).toBe(
      `cannot listen on inet:127.0.0.1:${port}: another process listens there already (EADDRINUSE)`,
    )
    expect(existsSync(path)).toBe(false)
    taken.close()
  })

  it.each([
    ['unix:/nonexistent/folder/s', /its directory does not exist|permission denied/],
    ['inet:0@192.0.2.1', /no interface of this machine has that address/],
    [`unix:/${'x'.repeat(200)}`, /201 octets/],
    ['unix:/tmp/milter-never,group=no-such-group', /there is no group no-such-group on this machine/],
    ['fd:99', /file descriptor/],
    ['systemd', /no socket was passed/],
  ])('names what is wrong with %s', async (address, message) => {
    expect(await refused([address], { environment: {} })).toMatch(message)
  })
})

describe('sockets from systemd', () => {
  const environment = { LISTEN_PID: '42', LISTEN_FDS: '3', LISTEN_FDNAMES: 'milter:control:milter' }

  it('are those after descriptor 2, all or by name', () => {
    const fds = (name: string | null): unknown => inheritedSockets(name, { environment, pid: 42 })
    expect(fds(null)).toEqual([3, 4, 5].map((fd) => ({ kind: 'fd', fd })))
    expect(fds('milter')).toEqual([3, 5].map((fd) => ({ kind: 'fd', fd })))
  })

  it.each([
    ['none', null, {}, /LISTEN_FDS is not set/],
    [
      'another process’s',
      null,
      { ...environment, LISTEN_PID: '7' },
      /passed to process 7, this is process 42/,
    ],
    ['no such name', 'smtp', environment, /no passed socket has the name smtp/],
    ['a count of 0', null, { ...environment, LISTEN_FDS: '0' }, /LISTEN_FDS is 0/],
    ['nonsense', null, { ...environment, LISTEN_FDS: 'x' }, /LISTEN_FDS is 0/],
  ])('are refused: %s', (_, name, environment, message) => {
    expect(() => inheritedSockets(name, { environment, pid: 42 })).toThrow(message)
  })

  it.each(['unix', 'inet'])('are listened on: %s', async (kind) => {
    // This process plays systemd: it opens the socket and hands it to a child as descriptor 3.
    const parent = createServer()
    const path = join(newFolder(), 's')
    if (kind === 'unix') parent.listen(path)
    else parent.listen(0, '127.0.0.1')
    await once(parent, 'listening')
    const bound = parent.address()
    const address =
      typeof bound === 'object' && bound !== null ? `inet:127.0.0.1:${bound.port}` : `unix:${path}`
    const index = new URL('../../lib/milter/index.ts', import.meta.url).href
    const code = `
      const { createMilterServer } = await import(${JSON.stringify(index)})
      const handler = () => ({ message: () => ({ reply: { kind: 'accept' }, edits: [] }) })
      const environment = { LISTEN_PID: String(process.pid), LISTEN_FDS: '1' }
      const [listening] = await createMilterServer({ listen: ['systemd'], handler, environment }).start()
      console.log(JSON.stringify(listening))`
    const { fd } = (parent as unknown as { _handle: { fd: number } })._handle
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit', fd],
    })
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
    expect(JSON.parse(String(line))).toEqual({ kind: 'inherited', text: 'fd:3', fd: 3 })
    // Only the child is left to accept; the name is moved away as the parent's end would remove it.
    if (kind === 'unix') renameSync(path, `${path}.moved`)
    parent.close()
    expect(await probe(kind === 'unix' ? `${address}.moved` : address)).toMatchObject({ kind: 'up' })
    child.kill()
    await once(child, 'exit')
  })
})
