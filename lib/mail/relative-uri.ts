/** Relative URIs against a base, by RFC 3986 section 5.2 in SpamAssassin's lenient reading. */

interface UriPieces {
  readonly scheme: string | undefined
  readonly authority: string | undefined
  readonly path: string
  readonly query: string | undefined
  readonly fragment: string | undefined
}

const PIECES = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#([^\n]*))?/

function pieces(uri: string): UriPieces {
  const [, scheme, authority, path = '', query, fragment] = PIECES.exec(uri)!
  return { scheme, authority, path, query, fragment }
}

/** The URI that `reference` means on a page whose base is `base` ('' for none). */
export function resolveUri(base: string, reference: string): string {
  const relative = pieces(reference)
  const against = pieces(base)
  const scheme = relative.scheme === against.scheme ? undefined : relative.scheme
  const { fragment } = relative
  if (scheme !== undefined) {
    return compose({ ...relative, scheme, path: withoutDots(relative.path), fragment })
  }
  if (relative.authority !== undefined) {
    return compose({ ...relative, scheme: against.scheme, path: withoutDots(relative.path) })
  }
  const { scheme: baseScheme, authority } = against
  if (relative.path === '') {
    return compose({ ...against, query: relative.query ?? against.query, fragment })
  }
  const path = relative.path.startsWith('/') ? relative.path : merged(against, relative.path)
  return compose({ scheme: baseScheme, authority, path: withoutDots(path), query: relative.query, fragment })
}

function merged({ authority, path }: UriPieces, relative: string): string {
  if (authority !== undefined && (path === '' || path === '0')) return `/${relative}`
  return path.slice(0, path.lastIndexOf('/') + 1) + relative
}

function withoutDots(path: string): string {
  let input = path.replace(/^\.\.?\//, '/')
  if (!input.includes('/.')) return input
  const kept: string[] = []
  while (input !== '' && input !== '0') {
    const dots = /^\/(\.\.?)(?:\/|\n?$)/.exec(input)
    if (dots) {
      input = `/${input.slice(dots[0].length)}`
      if (dots[1] === '..') kept.pop()
      continue
    }
    const segment = /^\/?[^/]*/.exec(input)![0]
    kept.push(segment)
    input = input.slice(segment.length)
  }
  return kept.join('')
}

function compose({ scheme, authority, path, query, fragment }: UriPieces): string {
  let uri = ''
  if (scheme !== undefined && scheme !== '' && scheme !== '0') uri = `${scheme}:`
  // hosts without a scheme are written to get past filters
  else if (authority !== undefined && /^www\d*\./i.test(authority)) uri = 'http:'
  else if (authority !== undefined && /^ftp\d*\./i.test(authority)) uri = 'ftp:'
  if (authority !== undefined) uri += `//${authority}`
  uri += path
  if (query !== undefined) uri += `?${query}`
  return fragment === undefined ? uri : `${uri}#${fragment}`
}
