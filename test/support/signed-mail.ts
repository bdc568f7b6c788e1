/** Mails that are really signed and sealed, with keys made for the run, and the zone that publishes the keys. */
import { generateKeyPairSync } from 'node:crypto'
import { dkimSign } from 'mailauth/lib/dkim/sign.js'
import { sealMessage } from 'mailauth/lib/arc/index.js'
import type { HeaderField } from '../../lib/auth/guards.ts'
import type { Zone } from './table-dns.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const published = `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`

/** When the mails of these tests are signed: 2026-11-01. */
export const SIGNED_AT = Date.UTC(2026, 10, 1)

export const keyOf = (domain: string, selector = 's1'): Zone => ({
  [`txt ${selector}._domainkey.${domain}`]: [published],
})

export interface SignOptions {
  readonly domain: string
  readonly selector?: string
  readonly canonicalization?: string
  readonly maxBodyLength?: number
  readonly signTime?: Date
  readonly expires?: Date
}

/** A plain mail with CRLF line ends. */
export const plainMail = (from: string, body = 'Hello,\r\n\r\nthis is a letter.\r\n'): string =>
  [
    `From: Anna <${from}>`,
    'To: bert@home.example',
    'Subject: A letter',
    'Date: Sun, 01 Nov 2026 10:00:00 +0000',
    'Message-ID: <1@shop.example>',
    '',
    body,
  ].join('\r\n')

export async function sign(mail: string, options: SignOptions): Promise<string> {
  const key = { signingDomain: options.domain, selector: options.selector ?? 's1', privateKey: pem }
  const { signatures, errors } = await dkimSign(mail, {
    ...key,
    canonicalization: options.canonicalization ?? 'relaxed/relaxed',
    signTime: options.signTime ?? new Date(SIGNED_AT - 3_600_000),
    ...(options.expires === undefined ? {} : { expires: options.expires }),
    signatureData: [
      { ...key, ...(options.maxBodyLength === undefined ? {} : { maxBodyLength: options.maxBodyLength }) },
    ],
  })
  if (errors.length > 0) throw new Error(JSON.stringify(errors))
  return `${signatures}${mail}`
}

/** Adds an ARC set by `domain`, with the given results of its own. */
export async function seal(mail: string, domain: string, authResults: string, cv: 'none' | 'pass' = 'none') {
  const set = await sealMessage(Buffer.from(mail, 'latin1'), {
    signingDomain: domain,
    selector: 's1',
    privateKey: pem,
    authResults: `${domain}; ${authResults}`,
    cv,
    signTime: new Date(SIGNED_AT - 1_800_000),
  })
  return set.toString('latin1') + mail
}

/** Splits a mail as a milter gets it: values with their leading space, folds as LF, body apart. */
export function asMilterSees(mail: string): { headers: readonly HeaderField[]; body: Uint8Array } {
  const at = mail.indexOf('\r\n\r\n')
  const lines = mail
    .slice(0, at)
    .replace(/\r\n(?=[ \t])/g, '\n')
    .split('\r\n')
  const headers = lines.map((line) => ({
    name: line.slice(0, line.indexOf(':')),
    value: line.slice(line.indexOf(':') + 1),
  }))
  return { headers, body: Buffer.from(mail.slice(at + 4), 'latin1') }
}
