/** DMARC rules over what our own authentication layer found (RFC 7489). */
import type { DmarcPolicy } from '../../auth/facts.ts'
import type { EvalFunction, EvalPlugin } from '../eval.ts'

function failsWith(policy: DmarcPolicy): EvalFunction {
  return ({ auth }) => auth?.dmarc?.result === 'fail' && auth.dmarc.policy === policy
}

export const dmarc: EvalPlugin<object> = {
  name: 'Mail::SpamAssassin::Plugin::DMARC',
  initial: () => ({}),
  directives: {
    // Reports to domain owners are not written; the line is read so that stock files stay whole.
    dmarc_save_reports: (_, value) => (/^(?:0|1|yes|no)$/i.test(value) ? undefined : 'expected 0 or 1'),
  },
  functions: {
    check_dmarc_pass: ({ auth }) => auth?.dmarc?.result === 'pass',
    check_dmarc_reject: failsWith('reject'),
    check_dmarc_quarantine: failsWith('quarantine'),
    check_dmarc_none: failsWith('none'),
    check_dmarc_missing: ({ auth }) => auth?.dmarc?.result === 'none',
  },
}
