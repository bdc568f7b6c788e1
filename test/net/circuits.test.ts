import { Worker } from 'node:worker_threads'
import { describe, expect, it } from '@jest/globals'
import { Circuit, circuitMemory, Circuits } from '../../lib/net/circuits.ts'

describe('a circuit', () => {
  it('counts failures in a row over all threads', () => {
    const memory = circuitMemory()
    const threads = Array.from({ length: 3 }, () => new Circuits(memory))
    for (const circuits of threads) circuits.of('scanner clamd').failed(0)
    expect(threads.map((circuits) => circuits.of('scanner clamd').failures)).toEqual([3, 3, 3])
    threads[0]?.of('scanner clamd').succeeded(5)
    expect(threads[2]?.of('scanner clamd')).toMatchObject({ failures: 0, answered: 5 })
  })

  it('keeps services apart, however many there are', () => {
    const circuits = new Circuits()
    const names = Array.from({ length: 80 }, (_, index) => `dns 192.0.2.${index}`)
    names.forEach((name, index) => {
      for (let count = 0; count <= index; count++) circuits.of(name).failed(0)
    })
    expect(names.map((name) => circuits.of(name).failures)).toEqual(names.map((_, index) => index + 1))
  })

  it('is tried again by one thread at a time, and by another when that one was lost', () => {
    const memory = circuitMemory()
    const [one, other] = [new Circuits(memory).of('x'), new Circuits(memory).of('x')]
    one.failed(1000)
    expect(other.claimsTry(999, 100)).toBe(false)
    expect([one, other].map((circuit) => circuit.claimsTry(1000, 100))).toEqual([true, false])
    expect(other.claimsTry(1099, 100)).toBe(false)
    expect([other, one].map((circuit) => circuit.claimsTry(1100, 100))).toEqual([true, false])
    other.failed(2000)
    expect([one.claimsTry(1999, 100), one.claimsTry(2000, 100)]).toEqual([false, true])
  })

  it('outlives the thread that found it out', async () => {
    const memory = circuitMemory()
    const file = new URL('../../lib/net/circuits.ts', import.meta.url).href
    const worker = new Worker(
      `const { workerData } = require('node:worker_threads')
       import(workerData.file).then(({ Circuits }) => {
         const circuit = new Circuits(workerData.memory).of('scanner clamd')
         for (let count = 0; count < 5; count++) circuit.failed(7)
         process.exit(0)
       })`,
      { eval: true, workerData: { memory, file } },
    )
    await new Promise((resolve) => worker.once('exit', resolve))
    expect(new Circuits(memory).of('scanner clamd').failures).toBe(5)
  })

  it('of no shared memory works as well', () => {
    const circuit = new Circuit()
    circuit.failed(0)
    expect(circuit.failures).toBe(1)
  })
})
