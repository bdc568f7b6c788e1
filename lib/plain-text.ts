/**
 * Foreign text made fit to be shown. Characters that act instead of being seen are taken out: controls (with which a
 * terminal is told to move, to hide or to type), line ends of Unicode, marks that turn the direction of writing, and
 * what has no width. The joiners of emoji and of Persian stay.
 */

const ACTING =
  /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu
const RUNS = new RegExp(`${ACTING.source}+`, 'gu')

/** One line without acting characters; each run of them becomes a space. */
export const plainText = (text: string): string => text.replace(RUNS, ' ')

/** The same, trimmed, cut to so many characters: for log lines, headers and replies. */
export function cleanText(text: string, maxLength: number): string {
  const short = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text
  return plainText(short).trim()
}

/**
 * Lines for a terminal: line feeds and tabs stay, all else that acts is shown as `\u001b`. In JSON that is how these
 * characters are written anyway, so that a program reads what was meant.
 */
export const forTerminal = (text: string): string =>
  text.replace(ACTING, (character) =>
    character === '\n' || character === '\t' ? character : escaped(character),
  )

/** In units of UTF-16, as JSON has it. */
const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('')
