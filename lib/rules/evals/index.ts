/** The list of eval plugins, in the order in which SpamAssassin's stock files load them. */
import type { RegisteredPlugin } from '../plugins.ts'
import { antiVirus } from './anti-virus.ts'
import { askDns } from './ask-dns.ts'
import { authRes } from './auth-res.ts'
import { bayes } from './bayes.ts'
import { bodyEval } from './body-eval.ts'
import { dkim } from './dkim.ts'
import { dmarc } from './dmarc.ts'
import { dnsEval } from './dns-eval.ts'
import { freeMail } from './freemail.ts'
import { fromNameSpoof } from './fromname-spoof.ts'
import { hashBl } from './hash-bl.ts'
import { headerEval } from './header-eval.ts'
import { htmlEval } from './html-eval.ts'
import { imageInfo } from './image-info.ts'
import { mimeEval } from './mime-eval.ts'
import { mimeHeader } from './mime-header.ts'
import { oleVbMacro } from './ole-vb-macro.ts'
import { pdfInfo } from './pdf-info.ts'
import { relayEval } from './relay-eval.ts'
import { spf } from './spf.ts'
import { uriDetail } from './uri-detail.ts'
import { uriDnsbl } from './uri-dnsbl.ts'
import { httpsMismatch, uriEval } from './uri-eval.ts'
import { vbounce } from './vbounce.ts'
import { welcomeListSubject } from './welcome-list-subject.ts'
import { wlblEval } from './wlbl-eval.ts'

export const EVAL_PLUGINS: readonly RegisteredPlugin[] = [
  uriDnsbl,
  spf,
  antiVirus,
  welcomeListSubject,
  mimeHeader,
  dkim,
  httpsMismatch,
  uriDetail,
  bayes,
  bodyEval,
  dnsEval,
  htmlEval,
  headerEval,
  mimeEval,
  relayEval,
  uriEval,
  wlblEval,
  vbounce,
  imageInfo,
  freeMail,
  askDns,
  hashBl,
  fromNameSpoof,
  authRes,
  pdfInfo,
  oleVbMacro,
  dmarc,
]
