/**
 * The ReplaceTags plugin: `replace_tag A (?:a|@)` lets a rule listed in `replace_rules` write <A> for it, with
 * <pre X>, <inter X> and <post X> to put something before, between and after the tags of one pattern.
 */

const MAX_PASSES = 6

export interface Replacements {
  readonly start: string
  readonly end: string
  readonly tags: ReadonlyMap<string, string>
  readonly pre: ReadonlyMap<string, string>
  readonly inter: ReadonlyMap<string, string>
  readonly post: ReadonlyMap<string, string>
}

/** The pattern (without delimiters, flags as a leading group) with all tags put in. */
export function replaceTags(pattern: string, replacements: Replacements): string {
  let text = pattern
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const { result, again } = onePass(text, replacements)
    text = result
    if (!again) break
  }
  return text
}

function onePass(pattern: string, replacements: Replacements): { result: string; again: boolean } {
  const { start, end } = replacements
  const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  const tag = new RegExp(`${literal(start)}(.+?)${literal(end)}`)
  let text = pattern
  const modifier = (word: string, values: ReadonlyMap<string, string>): string | undefined => {
    const found = new RegExp(`${literal(start)}${word} (.+?)${literal(end)}`).exec(text)
    if (found === null) return undefined
    text = text.replace(found[0], () => '')
    return values.get(found[1]!)
  }
  const pre = modifier('pre', replacements.pre)
  const post = modifier('post', replacements.post)
  const inter = modifier('inter', replacements.inter)
  let again = false
  const pieces = text.split(/(<[^<>]+>)/)
  // Perl's split drops empty pieces at the end, so nothing is put after the last tag.
  while (pieces.length > 0 && pieces.at(-1) === '') pieces.pop()
  const replaced = pieces.map((piece) => {
    let part = piece
    if (pre !== undefined) part = part.replace(tag, (found) => pre + found)
    if (post !== undefined) part = part.replace(tag, (found) => found + post)
    if (inter !== undefined && part === '') part = inter
    const name = tag.exec(part)?.[1]
    const value = name === undefined ? undefined : replacements.tags.get(name)
    if (name === undefined || value === undefined) return part
    if (/<[^<>]+>/.test(value)) again = true
    return part.replaceAll(start + name + end, () => value)
  })
  return { result: replaced.join(''), again }
}
