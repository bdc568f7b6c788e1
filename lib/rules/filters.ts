/**
 * What is known of the patterns of a rule set before any of them runs: the strings of which one must stand in the text,
 * or an outline of it. One look at each text tells which patterns have to run in it at all.
 */
import type { TextTarget } from './definition.ts'
import { Prefilter } from './prefilter.ts'
import type { Step } from './regex/outline.ts'
import type { Rule } from './ruleset.ts'
import { StepFilter } from './step-filter.ts'
import { isTemplate, withoutCaptures } from './templates.ts'
import type { MessageView } from './view.ts'

const TARGETS: readonly TextTarget[] = ['body', 'rawbody', 'uri', 'full']

interface TextFilter {
  readonly target: TextTarget
  readonly strings: Prefilter
  readonly outlines: StepFilter
}

export class Filters {
  /** Patterns that run whatever the texts hold: 1. The others wait for a mark. */
  readonly always: Uint8Array
  readonly #texts: readonly TextFilter[]
  /** Header specs whose values are looked at, and what in them: a kind each. */
  readonly #specs: readonly string[]
  readonly #headers: Prefilter
  /** By kind, patterns that wait for any value that is not empty. */
  readonly #filled: readonly Int32Array[]

  constructor(live: readonly Rule[], size: number) {
    this.always = new Uint8Array(size).fill(1)
    const strings = new Map<TextTarget, Map<number, readonly string[]>>()
    const outlines = new Map<TextTarget, Map<number, readonly Step[]>>()
    const headers = new Map<string, Map<number, readonly string[]>>()
    const filled = new Map<string, Map<number, true>>()
    for (const { test, index } of live) {
      if (test.kind !== 'text' && test.kind !== 'header') continue
      const pattern = withoutCaptures(test.pattern)
      if (pattern === undefined) continue
      const { literals } = pattern
      if (test.kind === 'header') {
        // What stands in for a missing header is in no text.
        if (test.ifUnset !== undefined) continue
        if (literals !== undefined) placeOf(headers, test.spec).set(index, literals)
        else if (pattern.matchesEmpty) continue
        else placeOf(filled, test.spec).set(index, true)
      } else if (literals !== undefined) placeOf(strings, test.target).set(index, literals)
      else {
        const steps = pattern.outline()
        if (steps === undefined) continue
        placeOf(outlines, test.target).set(index, steps)
      }
      this.always[index] = 0
    }
    this.#texts = TARGETS.filter((target) => strings.has(target) || outlines.has(target)).map((target) => ({
      target,
      strings: new Prefilter([strings.get(target) ?? new Map<number, readonly string[]>()]),
      outlines: new StepFilter(outlines.get(target) ?? new Map<number, readonly Step[]>()),
    }))
    this.#specs = [...new Set([...headers.keys(), ...filled.keys()])]
    this.#headers = new Prefilter(this.#specs.map((spec) => headers.get(spec) ?? new Map<number, never>()))
    this.#filled = this.#specs.map((spec) => Int32Array.from(filled.get(spec)?.keys() ?? []))
  }

  /** 1 for every pattern that can match in the message. */
  marks(view: MessageView): Uint8Array {
    const marks = Uint8Array.from(this.always)
    for (let kind = 0; kind < this.#specs.length; kind++) {
      const value = view.headers.value(this.#specs[kind]!)
      if (value === undefined || value === '') continue
      this.#headers.scan(value, marks, kind)
      for (const number of this.#filled[kind]!) marks[number] = 1
    }
    for (const { target, strings, outlines } of this.#texts) {
      const { joined } = view.lines(target)
      strings.scan(joined, marks)
      outlines.scan(joined, marks)
    }
    return marks
  }
}

function placeOf<K, T>(places: Map<K, Map<number, T>>, key: K): Map<number, T> {
  let place = places.get(key)
  if (place === undefined) {
    place = new Map()
    places.set(key, place)
  }
  return place
}

/**
 * X{5} cannot match where X{3} does not: for each such pattern, the number of the next easier one over the same text
 * (-1 for none).
 */
export function easierPatterns(live: readonly Rule[], size: number): Int32Array {
  const easier = new Int32Array(size).fill(-1)
  const families = new Map<string, { readonly index: number; readonly times: number }[]>()
  for (const { test, index, flags } of live) {
    if (test.kind !== 'text' || isTemplate(test.pattern.text)) continue
    const repetition = test.pattern.repetition()
    if (repetition === undefined) continue
    const key = `${test.target} ${flags.noSubject} ${repetition.body}`
    const family = families.get(key) ?? []
    families.set(key, [...family, { index, times: repetition.times }])
  }
  for (const family of families.values()) {
    const sorted = family.sort((one, other) => one.times - other.times)
    for (const [at, { index }] of sorted.entries()) easier[index] = sorted[at - 1]?.index ?? -1
  }
  return easier
}
