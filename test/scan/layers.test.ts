/** Layers start in an order in which no check misses what it waits for. */
import { expect, it } from '@jest/globals'
import { messageChecks } from '../../lib/checks/index.ts'
import { CHECK_LAYERS, LAYERS, layerOf } from '../../lib/scan/layers.ts'

it.each(messageChecks.flatMap(({ name, after = [] }) => after.map((before) => [name, before] as const)))(
  '%s starts after %s',
  (name, before) => {
    const place = (check: string) => CHECK_LAYERS.findIndex((layer) => layer === layerOf(check))
    expect(place(before)).toBeGreaterThanOrEqual(0)
    expect(place(name)).toBeGreaterThanOrEqual(place(before))
  },
)

it('every layer of checks is one that can be named', () => {
  for (const layer of CHECK_LAYERS) expect(LAYERS).toContain(layer)
  for (const { name } of messageChecks) expect(CHECK_LAYERS).toContain(layerOf(name))
})
