/**
 * The layers in which a mail is judged, cheapest first, and which check belongs to which. What could not be finished is
 * said by their names, and what ended a worker is left out of the second try.
 */

export const LAYERS = [
  'reading',
  'classifier',
  'links',
  'signatures',
  'senders',
  'attachments',
  'scanners',
  'rules',
  'learning',
] as const
export type Layer = (typeof LAYERS)[number]

const LAYER_OF: Readonly<Record<string, Layer>> = {
  bayes: 'classifier',
  links: 'links',
  link_lists: 'links',
  received_lists: 'links',
  dkim: 'signatures',
  arc: 'signatures',
  dmarc: 'signatures',
  caller_id: 'signatures',
  attachments: 'attachments',
  scanners: 'scanners',
}

/** Checks that are named nowhere are cheap: who sends, to whom, how large. Some of them wait for the signatures. */
export const layerOf = (check: string): Layer => LAYER_OF[check] ?? 'senders'

/** Layers of checks, in the order in which they are started: lists of senders and attachments wait for the signatures. */
export const CHECK_LAYERS = [
  'classifier',
  'links',
  'signatures',
  'senders',
  'attachments',
  'scanners',
] as const

/** What a try leaves out or bounds harder than the configuration says. */
export interface Bounds {
  /** Layers that are not done. */
  readonly without: readonly Layer[]
  /** Rules that do not run. */
  readonly withoutRules: readonly string[]
  /** A second try: views of the text are cut to a part of what is usual, archives are not unpacked. */
  readonly tight: boolean
  /** Not even the parts of the whole mail are looked for: reading it was too much. */
  readonly headOnly: boolean
}
export const NO_BOUNDS: Bounds = Object.freeze({
  without: [],
  withoutRules: [],
  tight: false,
  headOnly: false,
})

/** What is cut from the text that rules and classifier read in a second try: they get one part of so many. */
export const TIGHT_PART = 8
/** Octets that it gets in any case. */
export const TIGHT_LEAST = 2048

/**
 * The bounds of the second try of a mail that ended its worker in `layer`, at the rule `rule` if one ran. Reading cannot
 * be left out, it only gets less to read; of the rules only the one that ran is left out.
 */
export function boundsAfter(layer: Layer | null, rule: string | null): Bounds {
  const without = layer === null || layer === 'reading' || layer === 'rules' ? [] : [layer]
  const headOnly = layer === null || layer === 'reading'
  return { without, withoutRules: rule === null ? [] : [rule], tight: true, headOnly }
}
