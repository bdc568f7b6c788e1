/** The order in which findings are printed: line by line, file by file. */

/** The files in the order in which something was first said of them. */
export function byPlace<T extends { readonly file: string; readonly line: number }>(
  findings: readonly T[],
): readonly T[] {
  const files = new Map([...new Set(findings.map(({ file }) => file))].map((file, at) => [file, at]))
  const position = ({ file }: T): number => files.get(file) ?? 0
  return findings.toSorted((one, other) => position(one) - position(other) || one.line - other.line)
}
