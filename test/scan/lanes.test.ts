/** Who gets a worker next, as dialogues: mails are written CLIENT, CLIENT! (large) or CLIENT* (a second try). */
import { describe, expect, it } from '@jest/globals'
import { Lanes, type Waiting } from '../../lib/scan/lanes.ts'

interface Mail extends Waiting {
  readonly name: string
}
const mail = (name: string): Mail => ({
  name,
  client: name.replace(/[\d!*]/g, ''),
  large: name.includes('!'),
  again: name.includes('*'),
})

function lanes(workers: number, waiting = 10, slow: readonly string[] = [], places = workers * 8) {
  const made = new Lanes<Mail>({ workers, waiting, places })
  return {
    made,
    offer: (...names: readonly string[]) => names.map((name) => made.offer(mail(name))),
    take: (count: number, idle = true) =>
      Array.from({ length: count }, () => made.take(idle, (client) => slow.includes(client))),
    names: (items: readonly (Mail | undefined)[]) => items.map((item) => item?.name ?? '-').join(' '),
  }
}

describe('lanes', () => {
  it('clients take turns, so that who sends much waits behind itself', () => {
    const { offer, take, names } = lanes(8)
    offer('a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'b2')
    expect(names(take(8))).toBe('a1 b1 c1 a2 b2 a3 a4 -')
  })

  it('one client fills half of the queue at most, and all together no more than there is room', () => {
    const { offer } = lanes(1, 6)
    expect(offer('a1', 'a2', 'a3', 'a4')).toEqual([true, true, true, false])
    expect(offer('b1', 'b2', 'c1', 'c2')).toEqual([true, true, true, false])
  })

  it('a client whose mails were slow gets half of the workers, others pass it', () => {
    const { offer, take, names, made } = lanes(4, 20, ['a'])
    offer('a1', 'a2', 'a3', 'b1')
    const taken = take(4)
    expect(names(taken)).toBe('a1 b1 a2 -')
    made.done(taken[0]!)
    expect(names(take(1))).toBe('a3')
  })

  it('a client whose mails all wait for answers leaves half of the places to others', () => {
    const { offer, take, names, made } = lanes(2, 20, [], 6)
    offer('a1', 'a2', 'a3', 'a4', 'a5')
    const taken = take(5, false)
    expect(names(taken)).toBe('a1 a2 a3 - -')
    offer('b1', 'c1')
    expect(names(take(3, false))).toBe('b1 c1 -')
    made.done(taken[1]!)
    expect(names(take(2, false))).toBe('a4 -')
  })

  it('large mail gets half of the workers, small mail of the same client passes it', () => {
    const { offer, take, names } = lanes(4, 20)
    offer('a1!', 'a2!', 'a3!', 'a4')
    expect(names(take(4))).toBe('a1! a2! a4 -')
  })

  it('a second try needs a worker with nothing else to do, and always finds room', () => {
    const { offer, take, names } = lanes(4, 2)
    expect(offer('a1', 'b1', 'c1*', 'd1*', 'e1*')).toEqual([true, true, true, true, true])
    expect(names(take(1, false))).toBe('a1')
    expect(names(take(3))).toBe('c1* d1* b1')
    // half of the workers do second tries already
    expect(names(take(1))).toBe('-')
  })

  it('who lost its worker by no fault of its own comes first again', () => {
    const { offer, take, names, made } = lanes(4)
    offer('a1', 'a2')
    const [first] = take(1)
    made.putBack(first!)
    expect(names(take(2))).toBe('a1 a2')
  })

  it('who does not wait any more is not taken', () => {
    const { made, take, names } = lanes(4)
    const gone = mail('a1')
    made.offer(gone)
    made.offer(mail('a2'))
    expect(made.withdraw(gone)).toBe(true)
    expect(made.withdraw(gone)).toBe(false)
    expect(made.waiting).toBe(1)
    expect(names(take(2))).toBe('a2 -')
  })
})
