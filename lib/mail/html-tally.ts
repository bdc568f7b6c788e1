/** Counts the tags of a page: how many, which of them are elements, and which are open. */

/** Names, separated by blanks. */
export const words = (text: string) => new Set(text.split(' '))
/** Elements of HTML 4.01 and XHTML 1.0. */
const ELEMENTS = words(
  'a abbr acronym address area b base bdo big blockquote body br button caption cite code col colgroup dd del dfn' +
    ' div dl dt em fieldset form h1 h2 h3 h4 h5 h6 head hr html i img input ins kbd label legend li link map meta' +
    ' noscript object ol optgroup option p param pre q samp script select small span strong style sub sup table' +
    ' tbody td textarea tfoot th thead title tr tt ul var applet basefont center dir font frame frameset iframe' +
    ' isindex menu noframes s strike u nobr x-sigsep x-tab',
)
/** Rendered, but no elements of any standard. */
const TRICKS = words('bgsound embed listing plaintext xmp')
const OFFICE_TAG = /^(?:o|st\d):[\w-]+\/?\n?$/

export interface TagTally {
  /** Counts a start (1) or end (-1) tag; false for one that has no further meaning. */
  count(tag: string, step: 1 | -1): boolean
  /** `<!DOCTYPE ...>` counts as an element. */
  countDoctype(): void
  isInside(tag: string): boolean
  /** Per tag seen, how many are open. */
  readonly inside: ReadonlyMap<string, number>
  /** closed_extra_ratio, bad_tag_ratio and non_element_ratio, as far as there is something to divide by. */
  ratios(): Readonly<Record<string, number>>
  readonly tags: number
}

/** Nothing counted. */
export function makeTagTally(): TagTally {
  const inside = new Map<string, number>()
  const all = { tags: 0, elements: 0 }
  const seen = { tags: 0, elements: 0 }
  let closedExtra = 0
  return {
    inside,
    isInside: (tag) => (inside.get(tag) ?? 0) > 0,
    get tags() {
      return all.tags
    },
    count(tag, step) {
      const office = tag.includes(':') && OFFICE_TAG.test(tag)
      const element = ELEMENTS.has(tag)
      const known = inside.get(tag)
      for (const sum of known === undefined ? [all, seen] : [all]) {
        sum.tags++
        if (element || office) sum.elements++
      }
      const open = (known ?? 0) + step
      inside.set(tag, Math.max(open, 0))
      if (open < 0) closedExtra++
      return !office && (element || TRICKS.has(tag))
    },
    countDoctype() {
      all.tags++
      all.elements++
      inside.set('!doctype', 0)
    },
    ratios() {
      const ratios: Record<string, number> = {}
      if (all.tags > 0) ratios['closed_extra_ratio'] = closedExtra / all.tags
      if (all.elements > 0) ratios['bad_tag_ratio'] = (all.tags - all.elements) / all.tags
      if (seen.elements > 0) ratios['non_element_ratio'] = (seen.tags - seen.elements) / seen.tags
      return ratios
    },
  }
}
