/**
 * How text on an HTML page looks: colours, size and visibility by the open elements, as far as SpamAssassin follows
 * them. Its limits are kept (a `bgcolor` attribute has no effect), since rules were scored with them.
 */
import { INVALID, parseColor } from './color.ts'
import { backgroundColor } from './css.ts'
import type { HtmlAttributes } from './html-markup.ts'
import { trimUnicodeEnd, trimUnicodeStart } from './space.ts'

export interface TextStyle {
  readonly tag: string
  readonly foreground: string
  readonly background: string
  readonly size: number
  readonly display: string
  readonly visibility: string
}

/** Why text cannot be seen; the two that rules ask about have a name. */
export type Hidden = 'low-contrast' | 'invalid-color' | 'other' | undefined

export interface StyleStack {
  open(tag: string, attributes: HtmlAttributes): void
  close(tag: string): void
  hidden(): Hidden
  /** Smallest and largest size set by an element; 3 is normal. */
  readonly sizes: { readonly smallest: number; readonly largest: number }
}

type Draft = { -readonly [K in keyof TextStyle]: TextStyle[K] }

const STYLED = new Set(['body', 'font', 'table', 'tr', 'th', 'td', 'big', 'small', 'basefont', 'marquee'])
for (const tag of ['span', 'p', 'div', 'a']) STYLED.add(tag)
/** Attributes that mean something, per element. */
const MEANT: ReadonlyMap<string, readonly string[]> = new Map([
  ['body', ['text', 'bgcolor', 'link', 'alink', 'vlink', 'background']],
  ['font', ['color', 'face', 'size']],
  ['basefont', ['color', 'face', 'size']],
  ['marquee', ['bgcolor', 'background']],
  ...['table', 'td', 'tr'].map((tag): [string, string[]] => [tag, ['bgcolor', 'style']]),
  ...['span', 'p', 'div', 'a'].map((tag): [string, string[]] => [tag, ['style']]),
])
/** Open elements that are remembered; deeper ones look like their parent. */
const DEEPEST = 10_000
const NORMAL_SIZE = 3

/** True for elements that take part in the style of text. */
export function isStyled(tag: string): boolean {
  return STYLED.has(tag)
}

/** The style of a page before its first element: black on white, size 3. */
export function makeStyleStack(): StyleStack {
  const stack: TextStyle[] = [
    {
      tag: 'default',
      foreground: '#000000',
      background: '#ffffff',
      size: NORMAL_SIZE,
      display: '',
      visibility: '',
    },
  ]
  /** How often each tag is on the stack, so that an end tag without a start costs nothing. */
  const depth = new Map<string, number>()
  const sizes = { smallest: NORMAL_SIZE, largest: NORMAL_SIZE }
  let baseSize = NORMAL_SIZE
  const pop = () => {
    const { tag } = stack.pop()!
    depth.set(tag, depth.get(tag)! - 1)
    return tag
  }
  const push = (style: TextStyle) => {
    if (stack.length >= DEEPEST) return
    stack.push(style)
    depth.set(style.tag, (depth.get(style.tag) ?? 0) + 1)
  }
  const isOpen = (tag: string) => (depth.get(tag) ?? 0) > 0

  return {
    sizes,
    hidden: () => hiddenBy(stack.at(-1)!),
    open(tagName, attributes) {
      const tag = tagName === 'th' ? 'td' : tagName
      if (tag === 'basefont') {
        const size = leadingNumber(attributes.get('size'))
        if (size !== undefined) {
          baseSize = size
          return
        }
      }
      if ((tag === 'td' || tag === 'tr') && isOpen(tag)) {
        while (stack.length > 1 && closedByRow(stack.at(-1)!.tag, tag)) pop()
      }
      const parent = stack.at(-1)!
      const style: Draft = { ...parent, tag }
      if (tag === 'big' || tag === 'small') {
        style.size += tag === 'big' ? 1 : -1
        push(style)
        return
      }
      let meant = false
      for (const name of MEANT.get(tag) ?? []) {
        const value = attributes.get(name)
        if (value === undefined) continue
        meant = true
        applyAttribute(style, parent, name, value, baseSize)
      }
      if (meant && style.size > sizes.largest) sizes.largest = style.size
      else if (meant && style.size < sizes.smallest) sizes.smallest = style.size
      push(style)
    },
    close(tagName) {
      const tag = tagName === 'th' ? 'td' : tagName
      // browsers go on with text after </body>
      if (tag === 'body' || !isOpen(tag)) return
      while (pop() !== tag);
    },
  }
}

function closedByRow(open: string, tag: string): boolean {
  return open === 'font' || open === 'td' || (tag === 'tr' && open === 'tr')
}

function leadingNumber(text: string | undefined): number | undefined {
  const digits = text === undefined ? null : /^[\t-\r ]*(\d+)/.exec(text)
  return digits === null ? undefined : Number(digits[1])
}

function applyAttribute(style: Draft, parent: TextStyle, name: string, value: string, base: number): void {
  if (name === 'text' || name === 'color') style.foreground = parseColor(value)
  else if (name === 'style') applyCss(style, parent, value)
  else if (name === 'size') {
    const relative = /^[\t-\r ]*([+-]\d+)/.exec(value)
    style.size = relative ? base + Number(relative[1]) : (leadingNumber(value) ?? style.size)
  }
}

function applyCss(style: Draft, parent: TextStyle, css: string): void {
  for (const declaration of css.split(';')) applyDeclaration(style, declaration)
  if (style.background === 'transparent') style.background = parent.background
  if (style.foreground === 'transparent') style.foreground = style.background
}

function applyDeclaration(style: Draft, declaration: string): void {
  const colon = declaration.indexOf(':')
  if (colon < 0) return
  const written = trimUnicodeStart(declaration.slice(0, colon))
  const name = written.toLowerCase()
  const value = valueAfter(declaration.slice(colon + 1))
  if (value === undefined) return
  if (name === 'color' || name === 'background-color') {
    const color = cssColor(withoutImportant(value.toLowerCase()))
    if (color === undefined) return
    if (name === 'color') style.foreground = color
    else style.background = color
  } else if (written === 'background') {
    style.background = backgroundColor(value.toLowerCase()) ?? style.background
  } else if (trimUnicodeStart(value) !== '') {
    const property = trimUnicodeEnd(written)
    if (property === 'display') style.display = value.toLowerCase()
    else if (property === 'visibility') style.visibility = value.toLowerCase()
  }
}

/**
 * A value without white space around it; undefined when there is none or it goes over lines. Of white space alone,
 * the last that is no line end is a value: what it means is for the property to say.
 */
function valueAfter(text: string): string | undefined {
  const value = trimUnicodeEnd(trimUnicodeStart(text))
  if (value !== '') return value.includes('\n') ? undefined : value
  return text.replaceAll('\n', '').at(-1)
}

/** Without `!important` at its end. */
function withoutImportant(value: string): string {
  if (!value.endsWith('important')) return value
  const before = trimUnicodeEnd(value.slice(0, -'important'.length))
  return before.endsWith('!') ? trimUnicodeEnd(before.slice(0, -1)) : value
}

/** Undefined: the colour stays as it is. */
function cssColor(value: string): string | undefined {
  if (value.includes('rgb')) {
    const parts = value.replace(/[^0-9,]/g, '').split(',')
    const hex = [0, 1, 2].map((i) =>
      Math.min(Number(parts[i] ?? 0), 255)
        .toString(16)
        .padStart(2, '0'),
    )
    return `#${hex.join('')}`
  }
  if (value === 'inherit') return undefined
  return value === 'transparent' ? value : parseColor(value)
}

const RGB = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})\n?$/
/** Distance, weighted by brightness, under which text is very hard to read; black to white is 191. */
const READABLE_DISTANCE = 12

function hiddenBy({ foreground, background, size, display, visibility }: TextStyle): Hidden {
  if (foreground.slice(-6) === background.slice(-6)) return 'low-contrast'
  const front = RGB.exec(foreground)
  const back = RGB.exec(background)
  if (front && back && colorDistance(front, back) < READABLE_DISTANCE) return 'low-contrast'
  if (foreground === INVALID || background === INVALID) return 'invalid-color'
  return size <= 1 || display === 'none' || visibility === 'hidden' ? 'other' : undefined
}

function colorDistance(one: readonly string[], other: readonly string[]): number {
  const difference = (i: number) => parseInt(one[i]!, 16) - parseInt(other[i]!, 16)
  return Math.hypot(0.2126 * difference(1), 0.7152 * difference(2), 0.0722 * difference(3))
}
