/**
 * The journal: one line per event on stdout. Under systemd every line begins with `<N>`, its syslog priority, which
 * journald takes off and files (sd-daemon(3)), so that `journalctl -p notice` shows refusals and worse. Everything
 * that came from outside is made one line and free of control characters before it gets here or here at the latest.
 */
import { plainText } from './plain-text.ts'
import { boundedOutput } from './log-output.ts'
import winston from 'winston'

/** In falling importance; the numbers are syslog's. */
const LEVELS = { error: 3, warn: 4, notice: 5, info: 6, debug: 7 } as const
export type LogLevel = keyof typeof LEVELS
/** What a line carries besides its text; undefined values are left out. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

export type Log = { readonly [L in LogLevel]: (text: string, fields?: LogFields) => void } & {
  /** Waits until everything is written, but no longer than a stop may take; lines that come later are dropped. */
  close(): Promise<void>
}

export interface LogOptions {
  readonly format: 'text' | 'json'
  readonly level: LogLevel
  /** Write `<N>` before each line: stdout is a journald stream. */
  readonly journald: boolean
  /** Where lines go; stdout by default. */
  readonly stream?: NodeJS.WritableStream
}

/** systemd sets JOURNAL_STREAM to the device and inode of the stream it connected to the journal. */
export const isJournald = (environment: Readonly<Record<string, string | undefined>>): boolean =>
  environment['JOURNAL_STREAM'] !== undefined

export function createLog({ format, level, journald, stream }: LogOptions): Log {
  const line = winston.format.printf((info) => {
    const name = toLevel(info.level)
    const prefix = journald ? `<${LEVELS[name]}>` : ''
    const fields = isFields(info['fields']) ? info['fields'] : {}
    const text = String(info.message)
    return (
      prefix + (format === 'json' ? jsonLine(name, text, fields) : textLine(name, text, fields, journald))
    )
  })
  const output = boundedOutput(stream ?? process.stdout)
  const transport = new winston.transports.Stream({ stream: output.stream })
  let closed = false
  const logger = winston.createLogger({ levels: LEVELS, level, format: line, transports: [transport] })
  const write = (name: LogLevel) => (text: string, fields?: LogFields) => {
    if (!closed) logger.log({ level: name, message: text, fields: fields ?? {} })
  }
  return {
    error: write('error'),
    warn: write('warn'),
    notice: write('notice'),
    info: write('info'),
    debug: write('debug'),
    close: async () => {
      closed = true
      logger.end()
      await output.written()
    },
  }
}

/** A log that writes nothing, for verbs that print their own results. */
export const SILENT_LOG: Log = {
  error: () => undefined,
  warn: () => undefined,
  notice: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  close: () => Promise.resolve(),
}

function toLevel(level: string): LogLevel {
  return level === 'error' || level === 'warn' || level === 'notice' || level === 'debug' ? level : 'info'
}

function isFields(value: unknown): value is LogFields {
  return typeof value === 'object' && value !== null
}

function jsonLine(level: LogLevel, text: string, fields: LogFields): string {
  return JSON.stringify({ level, message: oneLine(text), ...fields })
}

function textLine(level: LogLevel, text: string, fields: LogFields, journald: boolean): string {
  const words = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${quote(Array.isArray(value) ? value.join(',') : String(value))}`],
  )
  // a terminal or a file has no priorities of its own, so the line says them
  const mark = journald || LEVELS[level] >= LEVELS.notice ? '' : `${level}: `
  return [`${mark}${oneLine(text)}`, ...words].join(' ')
}

/** Values with blanks or quotes are quoted, so that a line can be taken apart again. */
function quote(value: string): string {
  const clean = oneLine(value)
  return clean === '' || /[\s"]/.test(clean) ? `"${clean.replace(/["\\]/g, '\\$&')}"` : clean
}

function oneLine(text: string): string {
  return plainText(text)
}
