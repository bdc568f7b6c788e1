import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { hasSeen, openSeen } from '../../lib/store/seen-store.ts'

const SALT = [1, 2] as const
const seen = (number: number, words = 500) => ({
  message: Buffer.alloc(16, number),
  about: `<${number}@example.org>`,
  features: {
    words: Float64Array.from({ length: words }, (_, at) => at * 7_000_000_011 + number),
    blocks: [Int32Array.from({ length: words }, (_, at) => at * 31), Int32Array.of(5, 6)],
  },
})

describe('messages judged lately', () => {
  it('are found by reference, by the classifier that saw them', () => {
    const store = openSeen(':memory:', { size: 1e7 })
    store.add('abc-1', SALT, seen(1))
    store.add('abc-2', SALT, seen(2))
    expect(store.find('abc-1', SALT)).toMatchObject(seen(1))
    expect(store.find('abc-3', SALT)).toBeNull()
    expect(store.find('abc-1', [1, 3])).toBeNull()
    store.close()
  })

  it('go when there are too many, the oldest first, and the file keeps its size', () => {
    const folder = mkdtempSync(join(tmpdir(), 'seen-'))
    try {
      expect(hasSeen(folder)).toBe(false)
      const size = 1024 ** 2
      const store = openSeen(folder, { size })
      for (let number = 0; number < 1000; number++) store.add(`r-${number}`, SALT, seen(number % 250))
      expect(store.find('r-0', SALT)).toBeNull()
      expect(store.find('r-900', SALT)).not.toBeNull()
      store.close()
      expect(hasSeen(folder)).toBe(true)
      expect(statSync(join(folder, 'seen.sqlite')).size).toBeLessThanOrEqual(size)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
