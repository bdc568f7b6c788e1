/** The resolver a configuration asks for; the main thread and each scan worker have one of their own. */
import type { Config } from '../config/schema.ts'
import { createResolver, type CachingDns, type ResolverOptions } from '../net/resolver.ts'

export function resolverFor(
  dns: Config['dns'],
  more: Pick<ResolverOptions, 'circuits' | 'changed'> = {},
): CachingDns {
  return createResolver({
    ...more,
    servers: dns.servers,
    timeout: dns.timeout,
    cacheSize: dns.cache_size,
    maximumTtl: dns.maximum_ttl,
    negativeTtl: dns.negative_ttl,
    failureTtl: dns.failure_ttl,
  })
}
