/** Template tags (`_DKIMDOMAIN_` …) that ask-the-DNS rules put into names: ours first, then those the engine keeps. */
import type { EvalInput } from '../eval.ts'
import { reverseIp } from './ip.ts'
import { lower, unique } from './octets.ts'
import { hostsToAsk } from './uri-dnsbl.ts'

/** Values of a tag, [] where the mail has none. `HEADER(Name:modifier)` is the header itself. */
export function tagValues(input: EvalInput, tag: string): readonly string[] {
  const headerName = /^HEADER\((.+)\)$/.exec(tag)?.[1]
  if (headerName !== undefined) return input.all(headerName).map((value) => value.trim())
  const own = Object.hasOwn(OWN, tag) ? OWN[tag]?.(input) : undefined
  return unique((own ?? input.tag(tag)).filter((value) => value !== ''))
}

const OWN: Readonly<Record<string, (input: EvalInput) => readonly string[]>> = {
  SENDERDOMAIN: (input) => input.all('EnvelopeFrom:first:addr:host').map(lower),
  AUTHORDOMAIN: (input) => input.all('From:addr:host').map(lower),
  DKIMDOMAIN: (input) => passed(input).map(({ domain }) => domain),
  DKIMSELECTOR: (input) => passed(input).map(({ selector }) => selector),
  DKIMIDENTITY: (input) => passed(input).map(({ identity }) => identity),
  LASTEXTERNALIP: ({ relays }) => relays.external.slice(0, 1).map(({ ip }) => ip),
  LASTEXTERNALREVIP: ({ relays }) => relays.external.slice(0, 1).flatMap(({ ip }) => reverseIp(ip) ?? []),
  LASTEXTERNALRDNS: ({ relays }) => relays.external.slice(0, 1).map(({ rdns }) => rdns),
  LASTEXTERNALHELO: ({ relays }) => relays.external.slice(0, 1).map(({ helo }) => helo),
  URIHOSTS: (input) => hostsToAsk(input).map(([host]) => host),
  URIDOMAINS: (input) => hostsToAsk(input).map(([, domain]) => domain),
}

function passed(input: EvalInput) {
  return (input.auth?.dkim?.signatures ?? []).filter(({ result }) => result === 'pass')
}
