/** The list of eval plugins, in the order in which SpamAssassin's stock files load them. */
import type { RegisteredPlugin } from '../plugins.ts'

export const EVAL_PLUGINS: readonly RegisteredPlugin[] = []
