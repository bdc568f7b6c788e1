/** The `background` property of CSS, as far as its colour goes. */
import { INVALID, parseColor } from './color.ts'

/** The colour of the bottom layer of a `background` value; undefined when it has none. */
export function backgroundColor(value: string): string | undefined {
  for (const word of bottomLayer(value)) {
    const color = parseColor(word)
    if (color !== INVALID) return color
  }
  return undefined
}

/** Words of the last layer; commas separate layers, and text in brackets or quotes stays together. */
function bottomLayer(value: string): readonly string[] {
  let layer: string[] = []
  let finished: string[] = []
  let word = ''
  const closers: string[] = []
  const endWord = () => {
    if (word !== '') layer.push(word)
    word = ''
  }
  for (const character of value) {
    const closer = closers.at(-1)
    if (closer === undefined && character === ' ') endWord()
    else if (closer === undefined && character === ',') {
      endWord()
      finished = layer
      layer = []
    } else {
      word += character
      if (character === closer) {
        closers.pop()
        if (closer === ')') endWord()
      } else if (closer === undefined && character === '(') closers.push(')')
      else if (closer !== '"' && closer !== "'" && (character === '"' || character === "'"))
        closers.push(character)
    }
  }
  endWord()
  return layer.length > 0 ? layer : finished
}
