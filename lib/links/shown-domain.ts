/** The host that a link's text claims to lead to, where the text is an address and nothing else. Pure. */
import { parse } from 'tldts'

/** A text that is a URL or a bare host name, perhaps with a path; anything with spaces inside is prose. */
const ADDRESS =
  /^[<"'(\s]*(?![<"'(\s])(?:(?:https?|ftp):\/\/)?(?:[^\s/@?#]{1,100}@)?([\p{L}\p{N}_.-]{4,253})(?::\d{1,5})?(?:[/?#]\S*(?!\S))?[>"')\s.,;:!]*$/iu
const TEXT_LIMIT = 2000

/** 'https://www.bank.example/login' -> 'www.bank.example'; null where the text names no host. */
export function shownHost(text: string): string | null {
  const name = ADDRESS.exec(text.slice(0, TEXT_LIMIT).replace(/[\u200b-\u200f\u2060\ufeff]/g, ''))?.[1]
  if (name === undefined) return null
  const { hostname, isIcann, domain, isIp } = parse(name)
  if (isIp === true) return hostname
  return isIcann === true && domain !== null ? hostname : null
}
