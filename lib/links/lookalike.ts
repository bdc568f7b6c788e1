/**
 * Names that are made to look like other names: letters of other scripts (homographs), digits for letters, letter pairs
 * that melt into one. A name is reduced to a skeleton, the shape an inattentive reader sees; two names with one
 * skeleton look alike. Pure.
 */
import { domainToUnicode } from 'node:url'

/**
 * Letters outside ASCII that are drawn like ASCII ones in common fonts, each followed by the ASCII one: Cyrillic, Greek,
 * Armenian, and Latin extras.
 */
const SHAPES: ReadonlyMap<string, string> = new Map(
  `аa вb сc ԁd еe һh іi јj кk ӏl мm нh оo рp ԛq гr ѕs тt цu ѵv ԝw хx уy үy з3 пn ɡg αa βb εe γy ηn
  ιi κk νv οo ρp σo τt υu ωw χx ıi ȷj łl øo đd ħh ŧt ßb ſf ɑa ɩi ʟl ոn սu օo`
    .split(/\s+/)
    .map((pair): [string, string] => [pair.slice(0, 1), pair.slice(1)]),
)

const LATIN = /\p{Script=Latin}/u
const FOREIGN = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u

/** Longer names do not exist. */
const NAME_LIMIT = 253

export interface Internationalised {
  /** The name in its own letters. */
  readonly readable: string
  /** A label mixes Latin with a script that has Latin-looking letters, or consists of such letters alone. */
  readonly deceptive: boolean
}

/** What an A-label name shows; null for a name without one. */
export function internationalised(host: string): Internationalised | null {
  const name = host.slice(0, NAME_LIMIT).toLowerCase()
  if (!/(^|\.)xn--/.test(name) && /^[\x00-\x7f]*$/.test(name)) return null
  const readable = (domainToUnicode(name) || name).normalize('NFC')
  const labels = readable.split('.')
  const top = labels.at(-1) ?? ''
  // a name below a Cyrillic or Greek top level domain is at home in its script
  const atHome = FOREIGN.test(top)
  return { readable, deceptive: labels.slice(0, -1).some((label) => deceives(label, atHome)) }
}

function deceives(label: string, atHome: boolean): boolean {
  if (!FOREIGN.test(label)) return false
  if (LATIN.test(label)) return true
  const letters = [...label].filter((letter) => !/[0-9-]/.test(letter))
  return !atHome && letters.every((letter) => SHAPES.has(letter))
}

/** The shape of a name: foreign letters, accents, digits and letter pairs replaced by what they look like. */
function skeleton(name: string): string {
  const readable = (internationalised(name)?.readable ?? name.slice(0, NAME_LIMIT).toLowerCase()).normalize(
    'NFKD',
  )
  const shapes = [...readable].map((letter) => SHAPES.get(letter) ?? letter).join('')
  return shapes
    .replace(/\p{M}+/gu, '')
    .replace(/rn/g, 'm')
    .replace(/vv/g, 'w')
    .replace(/cl/g, 'd')
    .replace(/0/g, 'o')
    .replace(/[1il|]/g, 'l')
    .replace(/5/g, 's')
    .replace(/-/g, '')
}

/** Which of the `protectedDomains` a registered domain imitates without being it; null for none. */
export function imitates(domain: string, protectedDomains: readonly string[]): string | null {
  if (protectedDomains.some((one) => domain === one || domain.endsWith(`.${one}`))) return null
  const shape = skeleton(domain)
  return protectedDomains.find((one) => skeleton(one) === shape) ?? null
}
