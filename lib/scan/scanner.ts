/**
 * What a scan worker does with one mail: parse once, run the message checks, ask what the rules need to know from
 * outside, then the rules last, because a `meta` rule may name any earlier hit.
 */
import { authFacts } from '../checks/facts.ts'
import type { CheckResult, Context, MessageInput } from '../checks/check.ts'
import { messageChecks } from '../checks/index.ts'
import { scoredHits, unavailableOf } from '../checks/findings.ts'
import { CheckRun } from '../checks/run.ts'
import { parseMessage } from '../mail/parse.ts'
import { createResolver } from '../net/resolver.ts'
import { SILENT_DNS } from '../net/silent.ts'
import { openStore } from '../store/open.ts'
import { evaluate } from '../rules/evaluate.ts'
import { loadRules } from '../rules/load.ts'
import { lookupsNeeded } from '../rules/lookups.ts'
import { aboutMail } from './about.ts'
import { answersTo } from './answers.ts'
import type { ScanJob, ScanResult } from './job.ts'
import type { LoadReport, WorkerSetup } from './worker.ts'
