/** Links that lead elsewhere than they say: shorteners, and addresses that carry another address as a parameter. Pure. */
import { isSubdomain } from '../auth/domains.ts'

/** Services that turn any address into a short one. A site adds its own in `links.shorteners`. */
const SHORTENERS: readonly string[] = `
  1url.com adf.ly b23.ru bc.vc bit.do bit.ly bitly.com bl.ink buff.ly clck.ru cutt.ly cutt.us
  dlvr.it goo.gl goo.su is.gd j.mp kutt.it lc.chat lnkd.in ow.ly qr.ae rb.gy rebrand.ly s.id
  s2r.co shorturl.at shorte.st snip.ly soo.gd t.co t.ly t2m.io tiny.cc tiny.one tinyurl.com tr.im
  u.to urlz.fr v.gd vk.cc x.co`
  .trim()
  .split(/\s+/)

export const isShortener = (host: string, own: readonly string[]): boolean =>
  [...SHORTENERS, ...own].some((service) => isSubdomain(host, service))

const LINK_LIMIT = 4096

/** The host another address inside `link` leads to (`…?url=https%3A%2F%2Fevil.example`); null when there is none. */
export function redirectTarget(link: string): string | null {
  const text = link.slice(0, LINK_LIMIT)
  const start = text.search(/[?#/]/)
  // behind the host only, so that the link's own scheme is not found
  const behind = text.slice(Math.max(start, 0)).replace(/^\/\/[^/?#]*/, '')
  const found = /(?:https?(?::|%3a)(?:\/|%2f){2})([a-z0-9.-]{4,253})/i.exec(behind.replace(/%25/gi, '%'))
  return found?.[1]?.toLowerCase().replace(/\.$/, '') ?? null
}
