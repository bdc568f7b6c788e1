/** The supervisor with engines that are plain names and builds that end when the test says. */
import { describe, expect, it } from '@jest/globals'
import { createSupervisor } from '../../lib/daemon/supervisor.ts'

function setting() {
  const builds: { step: string; from: string; end: (engine: string | null) => void; fail: () => void }[] = []
  const events: string[] = []
  const sessions: Record<string, number> = {}
  let now = 0
  const drained = Promise.withResolvers<void>()
  const supervisor = createSupervisor<string>({
    first: 'A',
    build: (step, from) =>
      new Promise((resolve, reject) =>
        builds.push({ step, from, end: resolve, fail: () => reject(new Error('no such rule')) }),
      ),
    entered: (step, engine, before) => void events.push(`${step}: ${before} -> ${engine}`),
    close: (engine) => {
      events.push(`close ${engine}`)
      return Promise.resolve()
    },
    sessions: (engine) => sessions[engine] ?? 0,
    drain: () => drained.promise,
    onFailure: (what, error) => void events.push(`${what}: ${String(error)}`),
    grace: 1000,
    now: () => now,
  })
  return { supervisor, builds, events, sessions, drained, pass: (time: number) => void (now += time) }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('the supervisor', () => {
  it('restarts workers with the configuration that is in force when their turn comes', async () => {
    const { supervisor, builds, events } = setting()
    const reload = supervisor.ask('reload')
    const restart = supervisor.ask('restart')
    builds[0]?.end('B')
    expect(await reload).toBe(true)
    await turn()
    expect(builds[1]).toMatchObject({ step: 'restart', from: 'B' })
    builds[1]?.end('C')
    expect(await restart).toBe(true)
    expect(supervisor.current()).toBe('C')
    expect(events).toEqual(['reload: A -> B', 'restart: B -> C'])
  })

  it('answers all who asked while one step was waiting', async () => {
    const { supervisor, builds } = setting()
    const asked = [supervisor.ask('reload'), supervisor.ask('reload'), supervisor.ask('reload')]
    builds[0]?.end('B')
    await turn()
    builds[1]?.end(null)
    expect(await Promise.all(asked)).toEqual([true, false, false])
    expect(builds).toHaveLength(2)
  })

  it('goes on with the old engine when building throws, and says why', async () => {
    const { supervisor, builds, events } = setting()
    const reload = supervisor.ask('reload')
    builds[0]?.fail()
    expect(await reload).toBe(false)
    expect([supervisor.current(), ...events]).toEqual(['A', 'the reload failed: Error: no such rule'])
  })

  it('closes a replaced engine when its sessions have ended, or have had their time', async () => {
    const { supervisor, builds, events, sessions, pass } = setting()
    sessions['A'] = 1
    const reload = supervisor.ask('reload')
    builds[0]?.end('B')
    await reload
    supervisor.reap()
    expect(events).not.toContain('close A')
    pass(1000)
    supervisor.reap()
    await turn()
    expect(events).toContain('close A')
    expect(supervisor.engines()).toBe(1)
  })

  it('stops during a reload: nothing is put in force, everything is closed, once', async () => {
    const { supervisor, builds, events, drained } = setting()
    const reload = supervisor.ask('reload')
    const stop = supervisor.stop()
    const again = supervisor.stop()
    drained.resolve()
    await turn()
    expect(events).toEqual([])
    builds[0]?.end('B')
    expect(await reload).toBe(false)
    await Promise.all([stop, again])
    expect(events).toEqual(['close B', 'close A'])
    expect(await supervisor.ask('reload')).toBe(false)
  })
})
