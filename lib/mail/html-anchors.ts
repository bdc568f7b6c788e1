/** The URIs of one page while it is read: which tags name them, and the text of the anchors that lead to them. */
import type { HtmlUri } from './html.ts'
import { resolveUri } from './relative-uri.ts'
import { trimUnicode } from './space.ts'

export interface Anchors {
  /** A URI from an attribute of `tag`, relative or not. */
  add(tag: string, uri: string): void
  /** `<base href>`: what relative URIs are resolved against from here on. */
  setBase(uri: string): void
  /** An `<a>` begins. */
  open(href: string | undefined): void
  /** Text inside the last `<a>`. */
  text(text: string): void
  uris(): ReadonlyMap<string, HtmlUri>
  /** Texts of all anchors. */
  texts(): readonly string[]
  truncated(): boolean
}

const LONGEST_URI = 8192
/** URIs of one page; far beyond honest pages. */
const MOST_URIS = 10_000
const NO_TARGET = /^(?:data|mailto|file|cid|tel):/i

/** An address without the file name at its end, if it looks like one. */
function folderOf(uri: string): string {
  const site = /^[a-z]+:\/{0,2}[^/]+\//i.exec(uri)
  const dot = uri.lastIndexOf('.')
  const start = Math.max(uri.lastIndexOf('/', dot - 1), uri.lastIndexOf('.', dot - 1)) + 1
  const isFile = start < dot && /^[^/]{2,4}\n?$/.test(uri.slice(dot + 1, dot + 7))
  if (site === null || !isFile || uri.slice(site[0].length, start).includes('\n')) return uri
  return uri.slice(0, start)
}

/** No URIs yet. */
export function makeAnchors(): Anchors {
  const uris = new Map<string, { types: Set<string>; anchorText: string[] }>()
  const texts: string[] = []
  let base = ''
  let current = ''
  let cut = false
  const entry = (uri: string) => {
    const known = uris.get(uri)
    if (known !== undefined) return known
    const made = { types: new Set<string>(), anchorText: [] }
    if (uris.size < MOST_URIS) uris.set(uri, made)
    return made
  }
  const clean = (uri: string) => {
    const trimmed = trimUnicode(uri)
    if (trimmed.length <= LONGEST_URI) return trimmed
    cut = true
    return trimmed.slice(0, LONGEST_URI)
  }
  return {
    add(tag, raw) {
      const uri = clean(raw)
      if (uri === '') return
      const target = NO_TARGET.test(uri) ? uri : resolveUri(base, uri)
      if (target !== '') entry(target).types.add(tag)
    },
    setBase(raw) {
      const uri = clean(raw)
      if (!/^(?:https?|ftp):\/{0,2}/i.test(uri)) return
      const folder = folderOf(uri)
      base = folder.endsWith('/') ? folder : `${folder}/`
    },
    open(href) {
      current = href === undefined ? '' : clean(href)
      entry(current).anchorText.push('')
      texts.push('')
    },
    text(text) {
      const { anchorText } = entry(current)
      if (anchorText.length > 0) anchorText[anchorText.length - 1] += text
      if (texts.length > 0) texts[texts.length - 1] += text
    },
    uris: () => uris,
    texts: () => texts,
    truncated: () => cut,
  }
}
