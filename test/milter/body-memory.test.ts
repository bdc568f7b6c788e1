/** Bodies of all connections in one account: what finds no room waits in a file, and nothing is lost or mixed up. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { openSpool } from '../../lib/daemon/spool.ts'
import { BodyCollector } from '../../lib/milter/body.ts'
import { BodyMemory, type SpillFile } from '../../lib/milter/body-memory.ts'
import { run, stopAll } from './support/running.ts'

const KB = 1024
let state = ''
beforeEach(() => void (state = mkdtempSync(join(tmpdir(), 'spool-'))))
afterEach(async () => {
  await stopAll()
  rmSync(state, { recursive: true, force: true })
})

/** The real files, counted. */
function counted(spool: () => SpillFile) {
  const files = { opened: 0, open: 0 }
  const spill = (): SpillFile => {
    const file = spool()
    files.opened++
    files.open++
    return {
      append: (chunk) => file.append(chunk),
      read: (octets) => file.read(octets),
      close: () => {
        files.open--
        file.close()
      },
    }
  }
  return { files, spill }
}
const digest = (octets: Uint8Array) => createHash('sha256').update(octets).digest('hex')
const bodyOf = (number: number, size: number) => Buffer.alloc(size, `body ${number} of many `)

describe('the account of bodies', () => {
  it('is never exceeded, nothing taken stays taken, and every body comes out as it went in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ body: fc.nat({ max: 7 }), size: fc.integer({ min: 1, max: 9000 }) }), {
          maxLength: 80,
        }),
        async (chunks) => {
          const memory = new BodyMemory({ octets: 64 * KB, spill: openSpool(state, () => undefined) })
          const bodies = Array.from({ length: 8 }, () => ({
            collector: new BodyCollector(40 * KB, memory),
            sent: [] as Buffer[],
          }))
          for (const [number, { body, size }] of chunks.entries()) {
            const one = bodies[body]
            if (one === undefined) continue
            const chunk = bodyOf(number, size)
            one.collector.append(chunk)
            one.sent.push(chunk)
            expect(memory.used).toBeLessThanOrEqual(64 * KB)
          }
          for (const { collector, sent } of bodies) {
            const whole = await new Promise<Buffer>((resolve, reject) =>
              collector.enter(
                () =>
                  collector.file === null
                    ? resolve(collector.bytes())
                    : void collector.file.read(collector.kept).then(resolve, reject),
                reject,
              ),
            )
            expect(whole.equals(Buffer.concat(sent).subarray(0, 40 * KB))).toBe(true)
            collector.release()
          }
          expect(memory.used).toBe(0)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('lets whole bodies in in the order of asking, a larger one than the account alone', () => {
    const memory = new BodyMemory({ octets: 200, spill: () => openSpool(state, () => undefined)() })
    const begun: string[] = []
    const enter = (name: string, octets: number) => memory.enter(octets, () => void begun.push(name))
    const leaveA = enter('a', 60)
    const leaveHuge = enter('huge', 500)
    const leaveB = enter('b', 10)
    const leaveC = enter('c', 10)
    expect(begun).toEqual(['a'])
    leaveC()
    leaveA()
    expect(begun).toEqual(['a', 'huge'])
    leaveHuge()
    leaveHuge()
    expect(begun).toEqual(['a', 'huge', 'b'])
    leaveB()
    expect(memory.used).toBe(0)
  })
})

describe('a server with an account', () => {
  it('judges forty large mails that arrive at once, a few in memory at a time, and keeps no file', async () => {
    const { files, spill } = counted(openSpool(state, () => undefined))
    const seen = new Map<string, string>()
    let asked = 0
    let most = 0
    const server = await run(
      () => ({
        message: async ({ body, queueId }) => {
          asked += body.length
          most = Math.max(most, asked)
          await new Promise((resolve) => setImmediate(resolve))
          seen.set(queueId, digest(body))
          asked -= body.length
          return { reply: { kind: 'continue' }, edits: [] }
        },
      }),
      { bodyMemory: { octets: 2048 * KB, spill } },
    )
    const size = 300 * KB
    const mails = Array.from({ length: 40 }, (_, number) => ({ number, octets: bodyOf(number, size) }))
    const clients = await Promise.all(mails.map(() => server.connect()))
    await Promise.all(
      mails.map(async ({ number, octets }) => {
        const client = clients[number]
        if (client === undefined) return
        await client.mail('a@sender.example')
        await client.rcpt('u@example.test')
        await client.data({ i: `Q${number}` })
        await client.eoh()
        for (let at = 0; at < size; at += 60 * KB) await client.body(octets.subarray(at, at + 60 * KB))
        await client.eom({ i: `Q${number}` })
      }),
    )
    expect(Object.fromEntries(seen)).toEqual(
      Object.fromEntries(mails.map(({ number, octets }) => [`Q${number}`, digest(octets)])),
    )
    expect(most).toBeLessThanOrEqual(1024 * KB)
    expect(files.opened).toBeGreaterThan(20)
    expect(files.open).toBe(0)
    expect(server.problems).toEqual([])
  }, 30_000)

  it('forgets the body of a mail that is aborted, or whose connection is gone', async () => {
    const { files, spill } = counted(openSpool(state, () => undefined))
    const server = await run(() => ({ message: () => ({ reply: { kind: 'continue' }, edits: [] }) }), {
      bodyMemory: { octets: 256 * KB, spill },
    })
    const begin = async () => {
      const client = await server.connect()
      await client.mail('a@sender.example')
      await client.rcpt('u@example.test')
      await client.data({ i: 'Q' })
      await client.eoh()
      for (let times = 0; times < 4; times++) await client.body(bodyOf(times, 60 * KB))
      return client
    }
    const [one, other] = [await begin(), await begin()]
    expect(files.open).toBeGreaterThan(0)
    await one.abort()
    await one.mail('b@sender.example')
    other.destroy()
    await one.rcpt('u@example.test')
    while (files.open > 0) await new Promise((resolve) => setImmediate(resolve))
    expect(files.opened).toBeGreaterThan(0)
  })

  it('defers a mail for which there is room nowhere, and goes on with others', async () => {
    const complaints: string[] = []
    writeFileSync(join(state, 'spool'), 'no directory')
    const server = await run(() => ({ message: () => ({ reply: { kind: 'continue' }, edits: [] }) }), {
      bodyMemory: { octets: 128 * KB, spill: openSpool(state, (reason) => void complaints.push(reason)) },
    })
    const client = await server.connect()
    const send = async (chunks: number) => {
      await client.mail('a@sender.example')
      await client.rcpt('u@example.test')
      await client.data({ i: 'Q' })
      await client.eoh()
      for (let times = 0; times < chunks; times++) await client.body(bodyOf(times, 50 * KB))
      return (await client.eom({ i: 'Q' })).reply.kind
    }
    expect([await send(10), await send(1), await send(10)]).toEqual(['tempfail', 'continue', 'tempfail'])
    expect(complaints).toHaveLength(1)
    expect(complaints[0]).toMatch(/no room in memory \(milter\.memory\) for more mail, and none in .*spool/)
  })
})

describe('the spool', () => {
  it('has files without a name, for the owner alone', () => {
    const file = openSpool(state, () => undefined)()
    file.append(Buffer.from('secret'))
    expect(readdirSync(join(state, 'spool'))).toEqual([])
    expect((statSync(join(state, 'spool')).mode & 0o777).toString(8)).toBe('700')
    file.close()
  })

  it('takes away what a daemon left that was killed in the one moment with a name', () => {
    mkdirSync(join(state, 'spool'))
    writeFileSync(join(state, 'spool', 'body-1-2'), 'of somebody')
    writeFileSync(join(state, 'spool', 'else'), 'not ours')
    openSpool(state, () => undefined)
    expect(existsSync(join(state, 'spool', 'body-1-2'))).toBe(false)
    expect(existsSync(join(state, 'spool', 'else'))).toBe(true)
  })
})
