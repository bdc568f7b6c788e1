/**
 * Sendmail's quarantine: mails in its queue whose control file begins with `hf`. Sendmail has a command to give them
 * free and none to show or delete them, so the files are read, and deleted, as they are (Sendmail Operations Guide,
 * appendix B, tells their format).
 */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { checkedId, QueueError, type Held, type HoldQueue } from './queue.ts'
import { runProgram } from './run-program.ts'

export interface SendmailOptions {
  /** Such as /var/spool/mqueue; queue groups in folders below it are found. */
  readonly queueDirectory: string
  readonly program: string
  /** '' for the usual sendmail.cf. */
  readonly configFile: string
}

interface Files {
  readonly control: string
  readonly data: string
}

export function sendmailQueue({ queueDirectory, program, configFile }: SendmailOptions): HoldQueue {
  const find = (id: string): Files => {
    const files = quarantined(queueDirectory).get(checkedId(id))
    if (files === undefined) throw new QueueError(`${id} is not in quarantine`)
    return files
  }
  return {
    list: () =>
      [...quarantined(queueDirectory)].map(([id, files]) => ({
        id,
        ...readControl(readFileSync(files.control, 'latin1')).envelope,
        size: sizeOf(files.data),
      })),
    read: (id, limit) => {
      const files = find(id)
      const { header } = readControl(readFileSync(files.control, 'latin1'))
      return Buffer.concat([Buffer.from(`${header}\n`, 'latin1'), readFileSync(files.data)]).subarray(
        0,
        limit,
      )
    },
    release: (id) => {
      find(id)
      const config = configFile === '' ? [] : [`-C${configFile}`]
      // -Q without a reason takes the quarantine away; -qQ looks among quarantined mail, -qI names the one
      runProgram(program, [...config, '-qQ', `-qI${checkedId(id)}`, '-Q'])
    },
    remove: (id) => {
      const files = find(id)
      rmSync(files.control)
      rmSync(files.data, { force: true })
    },
  }
}

/** Id -> files. Data files stand beside the control file, or in `df` beside its folder `qf`. */
function quarantined(directory: string): ReadonlyMap<string, Files> {
  const found = new Map<string, Files>()
  let names: readonly string[]
  try {
    names = readdirSync(directory, { recursive: true }).map(String)
  } catch {
    throw new QueueError(`${directory} cannot be read; name the queue by quarantine.queue_directory`)
  }
  for (const name of names) {
    const [, folder = '', id] = /^(.*\/)?hf([A-Za-z0-9]+)$/.exec(name) ?? []
    if (id === undefined) continue
    const data = folder.endsWith('qf/') ? `${folder.slice(0, -3)}df/df${id}` : `${folder}df${id}`
    found.set(id, { control: join(directory, name), data: join(directory, data) })
  }
  return found
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size
  } catch {
    return 0
  }
}

export interface Control {
  readonly envelope: Pick<Held, 'arrived' | 'sender' | 'recipients'>
  /** Header lines with LF, as they were received. */
  readonly header: string
}

/** A control file: one line an item, its first character says of what; continuation lines begin with white space. */
export function readControl(text: string): Control {
  const items = text.replace(/\r\n/g, '\n').split(/\n(?![ \t])/)
  let arrived = 0
  let sender = ''
  const recipients: string[] = []
  const header: string[] = []
  for (const item of items) {
    const value = item.slice(1)
    if (item.startsWith('T')) arrived = Number(value) * 1000 || 0
    else if (item.startsWith('S')) sender = address(value)
    else if (item.startsWith('R')) recipients.push(address(value.replace(/^[A-Z]*:/, '')))
    else if (item.startsWith('H')) header.push(...headerLine(value))
    else if (item === '.') break
  }
  return { envelope: { arrived, sender, recipients }, header: header.map((line) => `${line}\n`).join('') }
}

const address = (text: string): string => /<([^<>]*)>/.exec(text)?.[1] ?? text.trim()

/** `??Subject: x`, or `?P?Return-Path: <…>` for a header that only some mailers write, which was not in the mail. */
function headerLine(value: string): readonly string[] {
  const [, flags, line] = /^\?([^?]*)\?([^]*)$/.exec(value) ?? [null, '', value]
  return flags === '' && line !== undefined ? [line] : []
}
