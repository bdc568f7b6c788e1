/** The list of eval plugins, in the order in which SpamAssassin's stock files load them. */
import type { RegisteredPlugin } from '../plugins.ts'
import { headerEval } from './header-eval.ts'

export const EVAL_PLUGINS: readonly RegisteredPlugin[] = [headerEval]
