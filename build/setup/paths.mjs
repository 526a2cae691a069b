import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout this file stands in, without a trailing slash. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '')

/** Everything that set-up fetches or makes and that `git clean` may remove. */
export const cache = join(root, '.cache')

/** @param {readonly string[]} parts */
export const inRoot = (...parts) => join(root, ...parts)

/** @param {readonly string[]} parts */
export const inCache = (...parts) => join(cache, ...parts)
