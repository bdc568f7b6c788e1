/** The attachment filter: which files, found where, lead to what. */
import { z } from 'zod'
import { parseHostPort } from '../../net/host-port.ts'
import { hitName } from '../list-keys.ts'
import { size } from '../units.ts'

// prettier-ignore
const TRAITS = [
  'program', 'script', 'shortcut', 'disk-image', 'archive', 'encrypted', 'macros', 'embedded-object',
  'double-extension', 'disguised-name', 'wrong-type', 'bomb', 'unreadable-archive',
] as const

// prettier-ignore
const TYPES = [
  'pe', 'elf', 'mach-o', 'java-class', 'dex', 'wasm', 'lnk', 'url', 'zip', '7z', 'rar', 'gzip', 'bzip2', 'xz', 'zstd',
  'lzip', 'cab', 'ace', 'arj', 'lzh', 'tar', 'iso', 'vhd', 'vhdx', 'vmdk', 'ole', 'onenote', 'chm', 'pdf', 'rtf',
  'postscript', 'png', 'jpeg', 'gif', 'webp', 'bmp', 'tiff', 'ico', 'mp4', 'wav', 'avi', 'ogg', 'mp3', 'matroska',
  'html', 'svg', 'batch', 'wsf', 'registry',
] as const

const address = z.email('expected a mail address')
const pattern = z.string().min(1).max(200)

const rule = z
  .strictObject({
    hit: hitName(),
    extensions: z
      .array(
        z
          .string()
          .max(32)
          .transform((text) => text.toLowerCase().replace(/^\./, '')),
      )
      .default([])
      .describe('File name extensions, such as `exe`.'),
    names: z.array(pattern).default([]).describe('Whole file names with `*` and `?`, without case.'),
    types: z.array(pattern).default([]).describe('Media types as the mail declares them, such as `video/*`.'),
    contents: z
      .array(z.enum([...TRAITS, ...TYPES]))
      .default([])
      .describe(
        'What the file really is by its content, such as `program`, `encrypted`, `macros`, `bomb`, `double-extension`, or a format such as `pdf`.',
      ),
    inside: z
      .boolean()
      .default(true)
      .describe('Also mean files inside archives and in archives inside these.'),
    action: z
      .enum(['log', 'score', 'strip', 'quarantine', 'redirect', 'reject', 'discard'])
      .default('score')
      .describe('What it leads to; `strip` replaces the attachment by a short text and delivers the rest.'),
    score: z
      .number()
      .min(-100)
      .max(100)
      .optional()
      .describe('Points; where it is absent the `score` line of the rule files counts.'),
    text: z
      .string()
      .max(400)
      .default('')
      .describe('Words for the refusal or for the text in place of the attachment.'),
    notify_sender: z
      .boolean()
      .default(false)
      .describe('Tell the sender what was taken out; only when SPF or DKIM proved that it is the sender.'),
    copy_to: address.optional().describe('Send the untouched original to this address before stripping.'),
  })
  .refine(
    ({ extensions, names, types, contents }) =>
      extensions.length + names.length + types.length + contents.length > 0,
    {
      message: 'expected at least one of extensions, names, types and contents',
    },
  )
  .refine(({ action, copy_to: copy }) => copy === undefined || action === 'strip', {
    path: ['copy_to'],
    message: 'expected only with `action: strip`; other actions keep the original',
  })

const DEFAULT_RULES = [
  { hit: 'ATTACHED_PROGRAM', contents: ['program', 'shortcut'] },
  { hit: 'ATTACHED_SCRIPT', contents: ['script'] },
  { hit: 'ATTACHED_DISGUISED', contents: ['double-extension', 'disguised-name'] },
  { hit: 'ATTACHED_WRONG_TYPE', contents: ['wrong-type'] },
  { hit: 'ATTACHED_MACROS', contents: ['macros'] },
  { hit: 'ATTACHED_ENCRYPTED', contents: ['encrypted'] },
  { hit: 'ATTACHED_DISK_IMAGE', contents: ['disk-image'] },
  { hit: 'ATTACHED_BOMB', contents: ['bomb'] },
  { hit: 'ATTACHED_HTML', extensions: ['html', 'htm', 'shtml', 'xhtml', 'svg'], inside: false },
  { hit: 'ATTACHED_ONENOTE', contents: ['onenote'] },
] satisfies z.input<typeof rule>[]

export const attachmentsSection = z.strictObject({
  check: z
    .enum(['off', 'log', 'on'])
    .default('on')
    .describe('Look into attachments; `log` only reports what the rules would do.'),
  rules: z
    .array(rule)
    .default(() => z.array(rule).parse(DEFAULT_RULES))
    .describe('The rules; each that means a file of the mail takes effect.'),
  depth: z
    .number()
    .int()
    .min(0)
    .max(10)
    .default(3)
    .describe('How many archives inside each other are opened; deeper ones are `bomb`.'),
  entries: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(5000)
    .describe('Files in all archives of one mail that are looked at; more are `bomb`.'),
  ratio: z
    .number()
    .min(10)
    .max(10_000)
    .default(200)
    .describe('An archive that unpacks to more than this many times its size is a `bomb`.'),
  unpacked: size('32MB', { minimum: '1MB', maximum: '512MB' }).describe(
    'How much is unpacked for one mail, all archives together; more is `bomb`. With what is unpacked in vain (damaged, too large, only looked at) at most twice as much.',
  ),
  relay: z
    .string()
    .refine(
      (text) => parseHostPort(text) !== null,
      'expected host:port with a port from 1 to 65535 (IPv6: [address]:port)',
    )
    .default('127.0.0.1:25')
    .describe(
      'SMTP server that takes notices and copies of originals, usually your own MTA: `host:port` (IPv6: `[address]:port`).',
    ),
  notice_from: z
    .union([z.literal(''), address])
    .default('')
    .describe('Address in the From header of notices; empty = postmaster at the name of this host.'),
})
