/** A mail as it goes to a scan worker: one client, one recipient, two headers. */
import type { ScanJob } from '../../lib/scan/job.ts'

export function scanJob(text: string, more: Partial<ScanJob> = {}): ScanJob {
  const body = Buffer.from(`${text}\r\n`)
  return {
    session: {
      id: 's1',
      startedAt: 0,
      client: { address: '192.0.2.7', hostname: 'mx.example', port: 1 },
      macros: new Map([['j', 'mail.example.test']]),
      groups: new Set(),
      trusted: false,
    },
    helo: 'mx.example',
    user: null,
    sender: { address: 'a@sender.example', parameters: [] },
    recipients: [{ address: 'user@example.test', parameters: [] }],
    queueId: 'Q1',
    reference: 's1-1',
    headers: [
      { name: 'From', value: ' a@sender.example' },
      { name: 'Subject', value: ' hello' },
    ],
    body,
    truncated: false,
    bodySize: body.length,
    earlier: new Map(),
    ...more,
  }
}
