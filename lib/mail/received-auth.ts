/** How a client authenticated, as the line of the server it talked to says it. */
import { IP_ADDRESS } from './ip-text.ts'

const GMAIL =
  / by mx\.google\.com with ESMTPS id [a-z0-9]{1,4}sm[0-9]{2,9}[a-z]{3}\.[0-9]{1,3}\.[0-9]{4}\.(?:[0-6][0-9]\.){4}[0-6][0-9]/
const GMX = new RegExp(
  `from [^ ]* \\((?:HELO|EHLO) [^ ]*\\) \\[${IP_ADDRESS}\\] by (mail\\.gmx\\.(?:net|com)) \\([^)]+\\) with (ESMTP|SMTP)`,
)

/** The authentication method or the server's kind; '' when the line tells of none. `line` begins with "from". */
export function authenticationOf(line: string): string {
  const hasBy = line.includes(' by ')
  // RFC 3848 and 6531 words, Earthlink and old Exim's ASMTP, web mail over HTTP
  const word = hasBy ? / with ((?:ES|L|UTF8S|UTF8L)MTPS?A|ASMTP|HTTP[SU]?)(?: |;|$)/i.exec(line) : null
  if (word) return word[1]!
  const tls = GMAIL.test(line) ? /\(version=([^ (]+) cipher=([^()]+)\)/.exec(line) : null
  if (tls) return `GMail - transport=${tls[1]} cipher=${tls[2]}`
  const courier = line.startsWith('from ')
    ? /(?:\]\)|\)\]) \(AUTH: (LOGIN|PLAIN|DIGEST-MD5|CRAM-MD5) [^ ]+(?:, .*?)?\) by /.exec(line)
    : null
  if (courier) return courier[1]!
  if (saysAuthenticated(line)) return 'Sendmail'
  const gmx = GMX.exec(line)
  if (gmx) return `GMX (${gmx[2]} / ${gmx[1]})`
  if (line.includes(' (authenticated as ') && isCriticalPath(line)) return 'CriticalPath'
  const postfix = /\) \(Authenticated sender: [^ ]+\) by [^ ]+ \(([^)]+)\) with /.exec(line)
  if (postfix) return postfix[1] === 'Postfix' ? 'Postfix' : `Postfix (${postfix[1]})`
  if (/CommuniGate Pro (?:HTTP|SMTP|XIMSS|IMAP)/.test(line) && line.includes(' (account '))
    return 'Communigate'
  if (/ with Microsoft Exchange Server HTTP-DAV\b/.test(line)) return 'HTTP-DAV'
  return (hasBy ? / \(via (HTTP.?)\)(?: |;|$)/i.exec(line)?.[1] : undefined) ?? ''
}

/** `) by x (1.2.345) (authenticated as y) id `: searched piece by piece. */
function isCriticalPath(line: string): boolean {
  const by = line.indexOf(') by ')
  if (by < 0) return false
  const rest = line.slice(by + ') by x'.length)
  const version = / \(\d{1,2}\.\d\.\d{3}(?:\.\d{1,3})?\) \(authenticated as /.exec(rest)
  return version !== null && rest.indexOf(') id ', version.index + version[0].length + 1) >= 0
}

/** `from x (...[1.2.3.4]) ... (... authenticated ...) by`: searched piece by piece, since a line can have many brackets. */
function saysAuthenticated(line: string): boolean {
  if (!line.startsWith('from ') || !line.includes('authenticated')) return false
  const client = /(?:\](?: \((?:(?!\] \()[^)])*\))?\)|\)\]) /.exec(line)
  let at = client === null ? -1 : client.index + client[0].length
  for (const piece of ['(', 'authenticated', ')', ' by']) {
    if (at < 0) return false
    const found = line.indexOf(piece, at)
    at = found < 0 ? -1 : found + piece.length
  }
  return at >= 0
}
