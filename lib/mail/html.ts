/** What SpamAssassin's HTML tests ask about a text/html part. */
import type { Octets } from './octets.ts'

/** Facts of one rendered text/html part. Absent means "never computed" (an empty part, no tag seen), as in SpamAssassin. */
export interface HtmlFacts {
  /**
   * The scalars under SpamAssassin's own names, as `eval:html_test`, `html_eval` and `html_range` ask for them: html,
   * length, image_area, min_size, max_size, closed_extra_ratio, bad_tag_ratio, non_element_ratio, obfuscation_ratio,
   * backhair_count, html_length, non_space_len, ratio, font_low_contrast, font_invalid_color, font_face_bad,
   * form_action_mailto, embeds, uri_truncated. A missing key is Perl's undef; flags are 1.
   */
  readonly values: Readonly<Record<string, number>>
  /** Texts by SpamAssassin's names: comment (with `<!--` and `-->`), script, title, anchor. */
  readonly texts: Readonly<Record<'comment' | 'script' | 'title' | 'anchor', readonly Octets[]>>
  /** Per tag name seen, the number of elements still open at the end (never negative). */
  readonly inside: ReadonlyMap<string, number>
  /** Charsets of meta elements, in order. */
  readonly charsets: readonly Octets[]
  /** URIs as found (relative ones resolved against base), in order of appearance. */
  readonly uris: ReadonlyMap<Octets, HtmlUri>
}

export interface HtmlUri {
  /** Tags whose attribute gave it: a, img, form, base... Empty for text of an anchor whose URI was not taken. */
  readonly types: ReadonlySet<string>
  /** Text between `<a>` and `</a>`, one entry an anchor, repeats kept. */
  readonly anchorText: readonly Octets[]
}
