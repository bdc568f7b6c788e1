/** A page of docs/ in mdoc(7): headings, paragraphs, lists, code and tables; links become their words. */
import { lexer, type Token, type Tokens } from 'marked'
import { argument, definitions, literal, words } from './mdoc.ts'

export function markdownToMdoc(text: string): string {
  return lexer(text)
    .map(block)
    .filter((piece) => piece !== '')
    .join('\n')
    .replace(/\n\.Pp(?=\n\.(?:Sh|Ss|Pp|Bl|Bd)\b)/g, '')
    .replace(/(\.(?:Sh|Ss) [^\n]*)\n\.Pp/g, '$1')
    .replace(/(\.(?:Ed|El))\n\.Pp\n(?=\.(?:Bl|Bd))/g, '$1\n')
}

function block(token: Token): string {
  switch (token.type) {
    case 'heading': {
      const { depth } = token as Tokens.Heading
      const title = argument(plain(token))
      // the page's own title is its name; names of sections are man's own (a section HISTORY has its place and meaning)
      return depth === 1 ? '' : depth === 2 ? `.Ss ${title}` : `.Pp\n.Sy ${title}`
    }
    case 'paragraph':
      return `.Pp\n${words(plain(token))}`
    case 'code':
      return literal((token as Tokens.Code).text)
    case 'list': {
      const { ordered, items } = token as Tokens.List
      return [
        `.Bl ${ordered ? '-enum' : '-bullet'}`,
        ...items.flatMap((item) => [
          '.It',
          item.tokens
            .map(inList)
            .filter((piece) => piece !== '')
            .join('\n'),
        ]),
        '.El',
      ].join('\n')
    }
    case 'table':
      return table(token as Tokens.Table)
    case 'blockquote':
      return (token as Tokens.Blockquote).tokens.map(block).join('\n')
    default:
      return ''
  }
}

const inList = (token: Token): string =>
  token.type === 'text' || token.type === 'paragraph' ? words(plain(token)) : block(token)

/** The first column names, the others explain; a heading over a column stands before its value. */
function table({ header, rows }: Tokens.Table): string {
  const heads = header.map((cell) => plain({ type: 'x', raw: cell.text, tokens: cell.tokens }))
  return definitions(
    rows.map((row) => {
      const [first = '', ...rest] = row.map((cell) =>
        plain({ type: 'x', raw: cell.text, tokens: cell.tokens }),
      )
      const told = rest.flatMap((text, at) => {
        const name = heads[at + 1] ?? ''
        return text === '' ? [] : [name === '' || rest.length === 1 ? text : `${name}: ${text}`]
      })
      return [first, told.map((text) => text.replace(/[.;]$/, '')).join('; ') + '.'] as const
    }),
  )
}

/** The words of a piece of text, without its marks. */
function plain(
  token: Token | { readonly type: string; readonly raw: string; readonly tokens?: Token[] },
): string {
  if ('tokens' in token && token.tokens !== undefined && token.tokens.length > 0)
    return token.tokens.map(plain).join('')
  const text = 'text' in token && typeof token.text === 'string' ? token.text : token.raw
  return text
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll('&#39;', "'")
}
