/** SpamAssassin's spamd: the SPAMC protocol, command SYMBOLS, which answers score and names of tests. */
import { failed, unavailable, type OutsideScanner, type ScanAnswer } from './scanner.ts'
import { ask } from './stream.ts'

export function spamd(name: string, address: string, user: string): OutsideScanner {
  return {
    name,
    async scan({ octets }, signal) {
      const head = [
        'SYMBOLS SPAMC/1.5',
        `Content-length: ${octets.length}`,
        ...(user === '' ? [] : [`User: ${user}`]),
        '',
        '',
      ].join('\r\n')
      try {
        const answer = await ask({ address, parts: [Buffer.from(head), octets], end: true }, signal)
        return readSpamd(answer.toString('latin1'))
      } catch (error) {
        return failed(error)
      }
    },
  }
}

/** `SPAMD/1.1 0 EX_OK`, `Spam: True ; 15.0 / 5.0`, empty line, names. */
export function readSpamd(answer: string): ScanAnswer {
  const [, code, word] = /^SPAMD\/\d+\.\d+ (\d+) ([^\r\n]{0,100})/.exec(answer) ?? []
  if (code === undefined) return unavailable(`answered: ${answer.slice(0, 100)}`)
  if (code !== '0') return unavailable(`answered ${code} ${word ?? ''}`)
  const points = /^Spam: (?:True|False|Yes|No) ; (-?\d{1,6}(?:\.\d{1,6})?) \/ /im.exec(answer)?.[1]
  if (points === undefined) return unavailable('answered without a score')
  const end = answer.indexOf('\r\n\r\n')
  const names = end < 0 ? '' : answer.slice(end + 4).trim()
  return { kind: 'points', points: Number(points), detail: names.slice(0, 300) }
}
