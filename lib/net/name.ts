/** Which texts can be a name in the DNS at all (RFC 1035 section 2.3.4), so that nothing else is ever asked. */

/** Lower case, without a final dot; null for what cannot be looked up. Underscores and the like are allowed. */
export function domainName(text: string): string | null {
  const name = text.replace(/\.$/, '').toLowerCase()
  if (name === '' || name.length > 253 || !/^[\x21-\x7e]+$/.test(name)) return null
  return name.split('.').every((label) => label !== '' && label.length <= 63) ? name : null
}

/** A name that could be a host on the internet: letters, digits and hyphens, at least two labels, the last not a number. */
export function isHostName(text: string): boolean {
  const name = domainName(text)
  return (
    name !== null &&
    name.includes('.') &&
    name.split('.').every((label) => /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/.test(label)) &&
    !/^\d+$/.test(name.slice(name.lastIndexOf('.') + 1))
  )
}
