/**
 * Labelled mail for the commands over a corpus: an index of lines `label<TAB>path`, label ham or spam, paths from the
 * folder of the index. Comment lines begin with #.
 */
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { unreadable } from '../mail-files.ts'
import { CommandError, EXIT } from '../verb.ts'

export interface LabelledFile {
  readonly spam: boolean
  /** As the index names it. */
  readonly name: string
  readonly path: string
}

export interface Labelled {
  /** The index's folder, or its file name without ending where several indexes stand in one folder. */
  readonly name: string
  readonly files: readonly LabelledFile[]
}

/** Reads an index. Throws `CommandError` when it cannot be read (66) or a line is neither ham nor spam (65). */
export function readIndex(index: string): Labelled {
  const folder = dirname(index)
  const files: LabelledFile[] = []
  textOf(index)
    .split('\n')
    .forEach((line, at) => {
      if (line.trim() === '' || line.startsWith('#')) return
      const [label, name] = line.trimEnd().split('\t')
      if ((label !== 'ham' && label !== 'spam') || name === undefined)
        throw new CommandError(`${index}:${at + 1}: expected ham or spam, a tab and a path`, EXIT.dataError)
      files.push({ spam: label === 'spam', name, path: join(folder, name) })
    })
  const plain = basename(index).replace(/\.[^.]*$/, '')
  return { name: plain === 'index' ? basename(folder) : plain, files }
}

/** The octets of one message of the index; `CommandError` (66) when it cannot be read. */
export function readMessage(file: LabelledFile): Uint8Array {
  try {
    return readFileSync(file.path)
  } catch (error) {
    throw unreadable(file.path, error)
  }
}

export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw unreadable(path, error)
  }
}
