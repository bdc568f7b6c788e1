import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { watchClock } from '../../lib/daemon/steady-clock.ts'
import { startUpkeep } from '../../lib/daemon/upkeep.ts'

describe('upkeep', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  it('is one loop, however long there is more to do', () => {
    let steps = 0
    const upkeep = startUpkeep([{ name: 'expiry', run: () => ++steps > 0 }], () => undefined)
    const perFiveSeconds = Array.from({ length: 6 }, () => {
      const before = steps
      jest.advanceTimersByTime(5000)
      return steps - before
    })
    upkeep.stop()
    jest.advanceTimersByTime(60_000)
    // the first comes after the interval, the rest a quarter of a second apart, and never more
    expect(perFiveSeconds).toEqual([1, 20, 20, 20, 20, 20])
    expect(steps).toBe(101)
  })

  it('gives every task its step, also when another fails, and tells a failure once until it is over', () => {
    const told: string[] = []
    let turns = 0
    let fails = true
    const upkeep = startUpkeep(
      [
        {
          name: 'groups',
          run: () => {
            if (fails) throw new Error('unreadable')
            return false
          },
        },
        {
          name: 'other',
          run: () => {
            turns++
            return false
          },
        },
      ],
      (name, error) => void told.push(`${name}: ${String(error)}`),
    )
    jest.advanceTimersByTime(15_000)
    fails = false
    jest.advanceTimersByTime(5000)
    fails = true
    jest.advanceTimersByTime(5000)
    upkeep.stop()
    expect(turns).toBe(5)
    expect(told).toEqual(['groups: Error: unreadable', 'groups: Error: unreadable'])
  })
})

describe('a clock that jumps', () => {
  it('is believed again when it has been calm for a while', () => {
    let wall = 1_000_000
    let monotonic = 0
    const clock = watchClock(
      () => wall,
      () => monotonic,
      600_000,
    )
    const pass = (time: number, jump = 0) => {
      wall += time + jump
      monotonic += time
      return clock.steady()
    }
    expect([pass(599_000), pass(1000), pass(5000, 30)]).toEqual([false, true, true])
    const year = 365 * 86_400_000
    expect([pass(5000, year), pass(595_000), pass(5000)]).toEqual([false, false, true])
    expect([pass(5000, -year), pass(600_000)]).toEqual([false, true])
  })
})
