/**
 * A differential test of DKIM: signed mails, most of them changed on the way, verified by us and by Perl's Mail::DKIM
 * (Debian: libmail-dkim-perl). Prints how often both agree that a signature passes or does not, and every mail on which
 * they differ without a reason that is written down here.
 *
 *   node bench/compare-dkim.ts [COUNT] [SEED]
 */
import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { dkimSign } from 'mailauth/lib/dkim/sign.js'
import type { SignatureFact } from '../lib/auth/facts.ts'
import { verifySignatures } from '../lib/auth/signatures.ts'

const COUNT = Number(process.argv[2] ?? 2000)
let state = Number(process.argv[3] ?? 1) >>> 0
/** Mulberry32: the same seed makes the same mails. */
function random(below: number): number {
  state = (state + 0x6d2b79f5) >>> 0
  let t = state
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) % below
}
const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T

const keys = ['one', 'two'].map((selector) => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 + 1024 * random(2) })
  return {
    selector,
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    record: `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`,
  }
})
const records = new Map<string, string>([
  ...keys.map(({ selector, record }) => [`${selector}._domainkey.sender.example`, record] as const),
  ['revoked._domainkey.sender.example', 'v=DKIM1; p='],
  ['broken._domainkey.sender.example', 'v=DKIM1; p=AAAA'],
  ['strict._domainkey.sender.example', `${keys[0]?.record ?? ''}; t=s`],
  ['sha1._domainkey.sender.example', `${keys[0]?.record ?? ''}; h=sha1`],
])
const published = [...keys.map(({ selector }) => selector), 'strict', 'sha1', 'revoked', 'broken', 'absent']

const LINES = [
  'Hello',
  '',
  ' indented',
  'trailing  ',
  'tab\there',
  '.',
  '..dot',
  'caf\xe9 \xff',
  'x'.repeat(200),
  '\t',
  'a  b   c',
]
const body = () =>
  Array.from({ length: random(12) }, () => pick(LINES)).join('\r\n') + pick(['', '\r\n', '\r\n\r\n\r\n'])
const header = () =>
  [
    `From: ${pick(['Anna <anna@sender.example>', 'anna@sender.example', '"A, B" <anna@sender.example>'])}`,
    'To: bert@home.example,\r\n\tcaesar@home.example',
    `Subject: ${pick(['A letter', 'folded\r\n subject', '=?utf-8?q?caf=C3=A9?=', ''])}`,
    'Date: Sun, 01 Nov 2026 10:00:00 +0000',
    `Message-ID: <${random(1e9)}@sender.example>`,
    ...(random(2) ? ['Subject: a second subject'] : []),
  ].join('\r\n')

async function signedMail(): Promise<string> {
  const mail = `${header()}\r\n\r\n${body()}`
  const { selector: name, pem } = pick(keys)
  const selector = random(4) ? name : pick(published)
  const key = {
    signingDomain: pick(['sender.example', 'sender.example', 'Sender.Example']),
    selector,
    privateKey: selector === 'strict' || selector === 'sha1' ? (keys[0]?.pem ?? pem) : pem,
  }
  const { signatures } = await dkimSign(mail, {
    ...key,
    canonicalization: pick(['relaxed/relaxed', 'relaxed/simple', 'simple/relaxed', 'simple/simple']),
    signTime: new Date(Date.now() - 3_600_000),
    signatureData: [{ ...key, ...(random(8) ? {} : { maxBodyLength: random(40) }) }],
  })
  return signatures + mail
}

type Change = (mail: string) => string
const inBody =
  (change: Change): Change =>
  (mail) => {
    const at = mail.indexOf('\r\n\r\n') + 4
    return mail.slice(0, at) + change(mail.slice(at))
  }
const inHeader =
  (change: Change): Change =>
  (mail) => {
    const at = mail.indexOf('\r\n\r\n')
    return change(mail.slice(0, at)) + mail.slice(at)
  }
const signature = (change: Change): Change =>
  inHeader((text) => text.replace(/^DKIM-Signature:[^]*?(?=\r\n[^ \t])/, change))
const CHANGES: readonly Change[] = [
  (mail) => mail,
  (mail) => mail,
  (mail) => `Received: from a by b;\r\n\tSun, 01 Nov 2026 10:00:01 +0000\r\n${mail}`,
  inHeader((text) => text.replace('Subject: ', 'SUBJECT:   ')),
  inHeader((text) => text.replace('Subject: A', 'Subject: B')),
  inHeader((text) => text.replace('bert@home.example,\r\n\t', 'bert@home.example, ')),
  inHeader((text) => text.replace('\r\nDate: ', '\r\nDate:\r\n ')),
  inHeader((text) => `${text}\r\nSubject: appended`),
  inHeader((text) => text.replace('\r\nSubject', '\r\nFrom: eve@evil.example\r\nSubject')),
  inHeader((text) => text.replace('\r\nTo:', '\r\nX-To:')),
  inHeader((text) => `${text} `),
  inBody((text) => `${text}\r\n\r\n`),
  inBody((text) => text.replace(/(\r\n)+$/, '')),
  inBody((text) => `${text}more\r\n`),
  inBody((text) => text.replace('Hello', 'Hullo')),
  inBody((text) => text.replace(/ {2}/g, ' ')),
  inBody((text) => text.replace(/$/m, ' \t')),
  inBody(() => ''),
  signature((text) => text.replace(/; ?/g, ';\r\n\t')),
  signature((text) => text.replace('d=', 'd= ')),
  signature((text) => text.replace(/b=(.)/, 'b=$1\r\n ')),
  signature((text) => text.replace(/bh=./, 'bh=A')),
  signature((text) => text.replace(/([^b])b=../, '$1b=AA')),
  signature((text) => text.replace('v=1;', '')),
  signature((text) => text.replace('v=1', 'v=2')),
  signature((text) => text.replace(/ h=[^;]*;/, ' h=to:subject;')),
  signature((text) => text.replace(/ c=[^;]*;/, '')),
  signature((text) => text.replace('a=rsa-sha256', 'a=rsa-sha512')),
  signature((text) => text.replace(/ t=\d+;/, '')),
  signature((text) => text.replace(';', '; x=1000000000;')),
  signature((text) => text.replace(';', '; i=anna@sender.example;')),
  signature((text) => text.replace(';', '; i=anna@evil.example;')),
  signature((text) => text.replace(';', '; q=dns/txt;')),
  signature((text) => text.replace(';', '; z=From:x;')),
  signature((text) => text.replace(/$/, ';')),
  signature((text) => `${text}\r\n${text}`),
]

/** Differences that are meant: what Mail::DKIM lets pass and we do not. */
function reason(ours: readonly SignatureFact[], theyPass: boolean): string | null {
  const strict = ours.find(({ result }) => result === 'policy')
  return theyPass && strict !== undefined ? (strict.comment?.replace(/^\d+ /, '') ?? 'policy') : null
}

async function ourResults(mail: string): Promise<readonly SignatureFact[]> {
  const at = mail.indexOf('\r\n\r\n')
  const headers = mail
    .slice(0, at)
    .replace(/\r\n(?=[ \t])/g, '\n')
    .split('\r\n')
    .map((line) => ({ name: line.slice(0, line.indexOf(':')), value: line.slice(line.indexOf(':') + 1) }))
  const resolver = async (name: string) => {
    const text = records.get(name.toLowerCase())
    if (text === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
    return [[text]]
  }
  const found = await verifySignatures(
    { headers, body: Buffer.from(mail.slice(at + 4), 'latin1'), truncated: false },
    { resolver, now: Date.now(), clockTolerance: 300_000, minimumBits: 1024, arc: false, trustedSealers: [] },
  )
  return found.dkim.signatures
}

const perl = spawn('perl', [fileURLToPath(new URL('dkim-verify.pl', import.meta.url))], {
  stdio: ['pipe', 'pipe', 'inherit'],
})
const answers = createInterface({ input: perl.stdout })[Symbol.asyncIterator]()
perl.stdin.write(`${records.size}\n${[...records].map(([name, text]) => `${name}\t${text}\n`).join('')}`)

const tally = { pass: 0, fail: 0, differ: 0 }
const reasons = new Map<string, number>()
for (let index = 0; index < COUNT; index++) {
  let mail = await signedMail()
  for (let changes = pick([0, 0, 1, 1, 2]); changes > 0; changes--) mail = pick(CHANGES)(mail)
  // SMTP cannot carry a last line without its end; Mail::DKIM adds none to it, RFC 6376 section 3.4.3 does
  if (!mail.endsWith('\r\n')) mail += '\r\n'
  perl.stdin.write(`${Buffer.from(mail, 'latin1').toString('base64')}\n`)
  const theirs = String((await answers.next()).value).split(' ')
  const ours = await ourResults(mail)
  const theyPass = theirs.includes('pass')
  const wePass = ours.some(({ trusted }) => trusted)
  if (theyPass === wePass) tally[wePass ? 'pass' : 'fail']++
  else {
    const why = reason(ours, theyPass)
    if (why !== null) reasons.set(why, (reasons.get(why) ?? 0) + 1)
    else {
      tally.differ++
      process.stdout.write(
        `--- ours: ${ours.map(({ result, comment }) => `${result} ${comment ?? ''}`).join(', ') || 'none'}; Mail::DKIM: ${theirs.join(' ')}\n${mail.slice(0, 1500)}\n`,
      )
    }
  }
}
perl.stdin.end()
process.stdout.write(
  `${COUNT} mails: both pass ${tally.pass}, both refuse ${tally.fail}, differ for a reason ${[...reasons.values()].reduce((sum, one) => sum + one, 0)}, differ ${tally.differ}\n`,
)
for (const [why, count] of reasons) process.stdout.write(`  ${count}: ${why}\n`)
process.exitCode = tally.differ > 0 ? 1 : 0
