import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parseColor } from '../../lib/mail/color.ts'
import { backgroundColor } from '../../lib/mail/css.ts'
import { decodeReferences } from '../../lib/mail/html-text.ts'
import { makeHtmlTokenizer } from '../../lib/mail/html-tokens.ts'
import { renderHtml } from '../../lib/mail/html.ts'

/** Tokens as words: <a x=1>, </a>, text, <!--...-->, <!...>. */
function tokens(...chunks: readonly string[]): readonly string[] {
  const found: string[] = []
  const tokenizer = makeHtmlTokenizer({
    start: (tag, attributes) =>
      found.push(`<${[tag, ...[...attributes()].map((pair) => pair.join('='))].join(' ')}>`),
    end: (tag) => found.push(`</${tag}>`),
    text: (text) => found.push(text),
    comment: (text) => found.push(text),
    declaration: (text) => found.push(text),
  })
  for (const chunk of chunks) tokenizer.feed(chunk)
  tokenizer.end()
  return found
}

describe('the tokenizer', () => {
  it.each<[string, string, readonly string[]]>([
    ['tags and text', '<p>a</p>', ['<p>', 'a', '</p>']],
    ['attributes', '<A HREF="x" b=\'y\' c=z d>', ['<a href=x b=y c=z d=d>']],
    ['the first of repeated attributes', '<a x=1 x=2>', ['<a x=1>']],
    ['an attribute without a value', '<a x=>', ['<a x=>']],
    ['references in attributes', '<a x="&amp;&copyx&eacute;">', ['<a x=&&copyxé>']],
    ['references in text', '&lt;&copyx;&#65;&#x42;&nosuch; ', ['<©x;AB&nosuch;', ' ']],
    ['a lone <', 'a < b <3', ['a ', '< b ', '<3']],
    ['an end tag with junk', '</p x="y>z">', ['</p>']],
    ['an empty end tag', '</ p>', ['</ p>']],
    ['comments', '<!-- a > b --x--><!---->', ['<!-- a > b --x-->', '<!---->']],
    ['a comment with blanks at its end', '<!-- a -- >b ', ['<!-- a -- >', 'b', ' ']],
    ['a comment without an end', '<!-- a <b>x', ['<!-- a <b>', 'x']],
    ['declarations', '<!DOCTYPE html "x>y"><!FOO>', ['<!DOCTYPE html "x>y">', '<!FOO>']],
    ['conditional comments', '<![if !mso]>x<![endif]>', ['<![if !mso]>', 'x', '<![endif]>']],
    ['CDATA', '<![CDATA[<b>&amp;]]>x ', ['<b>&amp;', 'x', ' ']],
    ['processing instructions', '<?xml x?>a ', ['a', ' ']],
    ['script', '<script>a<b>"</b>"</script >c ', ['<script>', 'a<b>"</b>"', '</script>', 'c', ' ']],
    ['title', '<title>a<b>&amp;</title>', ['<title>', 'a<b>&', '</title>']],
    ['script without an end', '<script>a <b>x', ['<script>', '</script>', 'a ', '<b>', 'x']],
    ['textarea without an end', '<textarea>a<b>', ['<textarea>', 'a<b>']],
    ['a tag without an end', 'a <b x="', ['a ', '<b x="']],
    ['a slash', '<br/><img src=x/>', ['<br/>', '<img src=x/>']],
    ['surrogates', '&#xD83D;&#xDE00; ', ['😀', ' ']],
  ])('%s', (_, html, expected) => {
    expect(tokens(html)).toEqual(expected)
  })

  it('holds back what may go on', () => {
    expect(tokens('a b&am', 'p;c <', 'b>')).toEqual(['a', ' b&c ', '<b>'])
  })

  it('never throws and loses no visible word, however it is cut', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '<a ',
      '</',
      '"',
      "'",
      '=',
      '<!--',
      '-->',
      '<![',
      ']]>',
      'w',
      ' ',
      '&',
      '&#',
      ';',
      '<script>',
      '</script>',
      '<title>',
      '!',
      '?',
      '-',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.nat(), (pieces, cut) => {
        const html = pieces.join('')
        const at = html.length === 0 ? 0 : cut % html.length
        const all = tokens(html.slice(0, at), html.slice(at)).join('')
        expect(typeof all).toBe('string')
      }),
      { numRuns: 2000 },
    )
  })
})

describe('decodeReferences', () => {
  it.each([
    ['&amp;', '&'],
    ['&notit;', '¬it;'],
    ['&Omega;', 'Ω'],
    ['&Omega', '&Omega'],
    ['&#0;', '&#0;'],
    ['&#1114112;', '&#1114112;'],
    ['&#xFFFE;', '&#xFFFE;'],
    ['&#xFDD0;', '\ufffd'],
    ['&#xD800;', '\ufffd'],
    [`&#${'0'.repeat(1000)}65;`, 'A'],
  ])('%s', (text, expected) => {
    expect(decodeReferences(text, true)).toBe(expected)
  })
})

describe('colours', () => {
  it.each([
    ['red', '#ff0000'],
    [' Red ', '#ff0000'],
    ['#FFF', '#ffffff'],
    ['#12345', '#112233'],
    ['#12', '#112200'],
    ['#123456789', '#123456'],
    ['rgb(1, 2,3)', '#010203'],
    ['rgb(10%,20%,30%)', '#19334c'],
    ['fff', 'invalid'],
    ['nosuch', 'invalid'],
    ['', 'invalid'],
    ['constructor', 'invalid'],
  ])('%s', (text, expected) => {
    expect(parseColor(text)).toBe(expected)
  })

  it('takes the bottom layer of a background', () => {
    expect(backgroundColor('url("a,b") no-repeat, #fff')).toBe('#ffffff')
    expect(backgroundColor('url(red), url(x) blue')).toBe('#0000ff')
    expect(backgroundColor('none')).toBeUndefined()
  })
})

describe('renderHtml', () => {
  const render = (html: string) => renderHtml(html, true)
  const hidden = (html: string) => render(html).invisible

  it.each([
    ['<p>a  b</p><p>c</p>', '\n\na b\n\n\n\nc\n\n'],
    ['a<br>b<br/>c', 'a\nb\nc'],
    ['a <br> b', 'a\nb'],
    ['<ul><li>a<li>b</ul>', ' a b'],
    ['a&nbsp;b', 'a b'],
    ['<style>p{}</style>x<script>y</script>', 'x'],
    ['<b>V</b>i<i>a</i>', 'Via'],
    ['<title>t</title>', '\n\nt\n\n'],
    ['', ''],
  ])('%s', (html, expected) => {
    expect(render(html).text).toBe(expected)
  })

  it.each([
    ['white on white', '<font color=white>x</font>'],
    ['nearly the same', '<span style="color:#fefefe">x</span>'],
    ['black on black', '<span style="background-color: rgb(0,0,0)">x</span>'],
    ['not displayed', '<div style="display: none">x</div>'],
    ['not displayed, further in', '<div style="display: none"><p>x</p></div>'],
    ['hidden', '<p style="visibility:hidden">x</p>'],
    ['too small', '<font size=1>x</font>'],
    ['a colour that is none', '<font color=nosuch>x</font>'],
    ['transparent on its background', '<span style="background-color:red;color:transparent">x</span>'],
    ['important', '<span style="color: white !important">x</span>'],
  ])('hides text that is %s', (_, html) => {
    expect(hidden(html)).toBe('x')
    expect(hidden(`${html}y`)).toBe('x')
  })

  it.each([
    ['<font color=red>x</font>'],
    ['<font color=white></font>x'],
    ['<div style="display: block">x</div>'],
    ['<table><tr><td><font color=white><td>x</table>'],
    ['<span style="color:inherit">x</span>'],
  ])('shows %s', (html) => {
    expect(hidden(html)).toBe('')
    expect(render(html).visible).toContain('x')
  })

  it('counts what HTML tests ask for', () => {
    const { facts } = render(
      '<p>a</p></p><nosuch><img width=100 height="50%"><img width=0 height=x><font face="W1ngs!" size=7>b',
    )
    expect(facts.values).toMatchObject({
      html: 1,
      image_area: 100 * 300 + 200 * 200,
      max_size: 7,
      min_size: 3,
      closed_extra_ratio: 1 / 7,
      bad_tag_ratio: 1 / 7,
      font_face_bad: 1,
    })
    expect(facts.inside.get('font')).toBe(1)
    expect(facts.inside.get('p')).toBe(0)
  })

  it('keeps titles, comments, scripts and anchors', () => {
    const { texts } = render('<title>t</title><!-- c --><script>s</script><a href=x>a<img></a>').facts
    expect(texts).toEqual({ title: ['t'], comment: ['<!-- c -->'], script: ['s'], anchor: ['a<img>\n'] })
  })

  it('keeps 8-bit references of pure US-ASCII pages as octets, as SpamAssassin does', () => {
    expect(renderHtml('&copy;', false)).toMatchObject({ text: '\xa9', unicode: { text: false } })
    expect(renderHtml('&copy;&euro;', false)).toMatchObject({ text: '©€', unicode: { text: true } })
  })

  it('never throws', () => {
    const piece = fc.constantFrom(
      '<p style="color:',
      'white',
      '">',
      '<td>',
      '</td>',
      '<font size=',
      '+9',
      '<a href=',
      'http://x/',
      '>',
      'text ',
      '</a>',
      '<base href=',
      '<meta http-equiv=refresh content="url=',
      '"',
      '<th>',
      '<big>',
      '</table>',
      'é',
      '&eacute;',
      '\u{1F600}',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.boolean(), (pieces, unicode) => {
        const { text, visible, invisible } = renderHtml(pieces.join(''), unicode)
        expect(visible.length + invisible.length).toBe(text.length)
      }),
      { numRuns: 1000 },
    )
  })
})
