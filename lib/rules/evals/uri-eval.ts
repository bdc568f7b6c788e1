/** URIEval and HTTPSMismatch: links that say one thing and lead to another. */
import type { Octets } from '../../mail/message.ts'
import type { EvalInput, EvalPlugin } from '../eval.ts'
import { isIp } from './ip.ts'
import { lower, number } from './octets.ts'

export const uriEval: EvalPlugin<object> = {
  name: 'Mail::SpamAssassin::Plugin::URIEval',
  initial: () => ({}),
  directives: {},
  functions: {
    check_for_http_redirector: redirector,
    check_https_ip_mismatch: httpsIpMismatch,
    check_uri_truncated: ({ message }) =>
      message.html().some(({ values }) => (values['uri_truncated'] ?? 0) !== 0),
  },
}

export const httpsMismatch: EvalPlugin<object> = {
  name: 'Mail::SpamAssassin::Plugin::HTTPSMismatch',
  initial: () => ({}),
  directives: {},
  functions: { check_https_http_mismatch: httpsHttpMismatch },
}

const MOST_HOPS = 10

interface Hop {
  readonly from: string
  readonly to: string
  /** The address redirected to. */
  readonly rest: string
}

/** A web address with another one in it. */
function hop(uri: string): Hop | undefined {
  const site = /^https?:\/\/([^/:?]+)/i.exec(uri)
  if (site === null) return undefined
  const [start, host = ''] = site
  const targets = [...uri.matchAll(/https?:(?=\/{0,2}([^/:?]+))/gi)]
  // behind the host; else the last one that looks like a part of it
  const first = start.length - host.length + 2
  const target =
    targets.find(({ index }) => index > start.length) ?? targets.findLast(({ index }) => index >= first)
  if (target === undefined || /[\n\r]/.test(uri)) return undefined
  return {
    from: host.slice(0, target.index - 1 - (start.length - host.length)),
    to: target[1]!,
    rest: uri.slice(target.index),
  }
}

function redirector(input: EvalInput): boolean {
  return input
    .uris()
    .flatMap(({ cleaned }) => cleaned)
    .some((uri) => {
      let rest = uri.slice(0, 4096)
      for (let hops = 0; hops < MOST_HOPS; hops++) {
        const found = hop(rest)
        if (found === undefined) return false
        const [from, to] = [found.from, found.to].map((host) => input.domains.ofUri(host)?.domain ?? host)
        if (from !== to) return true
        rest = found.rest
      }
      return false
    })
}

const IP_LINK = /^https?:\/*(?:[^@/]+@)?\d+\.\d+\.\d+\.\d+/i
const IP_TEXT = /^https:\/*(?:[^@/]+@)?\d+\.\d+\.\d+\.\d+/i

function httpsIpMismatch({ message }: EvalInput): boolean {
  return message
    .html()
    .some(({ uris }) =>
      [...uris].some(
        ([uri, { anchorText }]) =>
          IP_LINK.test(uri) && anchorText.some((text) => !IP_TEXT.test(text) && /https:/i.test(text)),
      ),
    )
}

/** `check_https_http_mismatch(min, max)`: an anchor's text shows https: and another domain; min to max-1 anchors in all. */
function httpsHttpMismatch(input: EvalInput, [min, max]: readonly string[]): boolean {
  return input.message.html().some(({ uris }) => {
    let [anchors, hit] = [0, false]
    for (const [uri, { anchorText }] of uris) {
      const host = anchorText.length === 0 ? undefined : linkHost(input, uri)
      if (host === undefined) continue
      anchors++
      hit ||= anchorText.some((text) => leadsElsewhere(input, text, host))
    }
    return hit && anchors >= (number(min) || 1) && (max === undefined || anchors < number(max))
  })
}

function linkHost(input: EvalInput, uri: Octets): Octets | undefined {
  const host = /^https?:\/\/([^/:?#]+)/i.exec(uri)?.[1]
  if (host === undefined || isIp(host)) return undefined
  const domain = input.domains.split(host)[1]
  return input.domains.valid(domain) ? domain : undefined
}

function leadsElsewhere(input: EvalInput, text: Octets, host: Octets): boolean {
  const shown = /https:\/\/([^ \t\n\r\f\v/:?#]+)/i.exec(text)?.[1]
  if (shown === undefined) return false
  const domain = isIp(shown) ? shown : input.domains.split(lower(shown))[1]
  if (!isIp(shown) && !input.domains.valid(domain)) return false
  return domain !== host
}
