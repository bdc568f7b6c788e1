/**
 * Labels that the verifier of SPF takes for malformed in the domain it begins with, though the DNS allows them and
 * RFC 7208 section 4.3 does not name them: with an underscore, or a hyphen at an end. Such a label is handed to the
 * verifier as a made-up one, and becomes itself again wherever a name goes to the DNS or a text to a reader. Pure.
 */
import { domainToASCII } from 'node:url'

export interface StandIns {
  /** The domain as the verifier is given it. */
  readonly domain: string
  /** A name as the DNS knows it, of one that the verifier asks for. */
  real(name: string): string
  /** The reverse, for names that the DNS answers with and that the verifier compares. */
  standIn(name: string): string
  /** A text of the verifier for a reader. */
  text(text: string): string
}

const PLAIN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/
const NAMED = /^[a-z0-9_-]{1,63}$/
/** Made-up labels begin with this, as often as it takes to stand nowhere in the question. */
const MARK = 'qj'

/** `question`: all texts a macro may put into a name, in which no made-up label may stand. */
export function standIns(domain: string, question: readonly string[]): StandIns {
  const ascii = /[^\x00-\x7f]/.test(domain) ? domainToASCII(domain) || domain : domain.toLowerCase()
  const labels = ascii.split('.')
  // the last label stays what it is: none of the top is written so
  const odd = [...new Set(labels.slice(0, -1))].filter((label) => !PLAIN.test(label) && NAMED.test(label))
  if (odd.length === 0) return { domain, real: same, standIn: same, text: same }
  let mark = MARK
  while ([ascii, ...question].some((text) => text.toLowerCase().includes(mark))) mark += MARK
  const made = new Map(odd.map((label, index) => [label, `${mark}${letters(index)}`]))
  const back = new Map([...made].map(([label, stand]) => [stand, label]))
  return {
    domain: byLabel(ascii, made),
    real: (name) => byLabel(name, back),
    standIn: (name) => byLabel(name, made),
    text: (text) => [...back].reduce((rest, [stand, label]) => rest.replaceAll(stand, label), text),
  }
}

const same = (text: string): string => text

const byLabel = (name: string, map: ReadonlyMap<string, string>): string =>
  name
    .split('.')
    .map((label) => map.get(label.toLowerCase()) ?? label)
    .join('.')

/** Two letters, so that none is the beginning of another. */
const letters = (index: number): string =>
  String.fromCharCode(97 + (Math.floor(index / 26) % 26), 97 + (index % 26))
