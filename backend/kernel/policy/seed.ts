import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * The policy set that this build brings along: resources/policies/seed.cedar, found from wherever this code lies (source,
 * bundle, archive, or beside the archive for the package's own Node).
 * @throws Error when the file is not there: a damaged installation
 */
export const seedPolicy = (): string => {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'resources', 'policies', 'seed.cedar')
    if (existsSync(file)) return readFileSync(file, 'utf8')
  }
  throw new Error('resources/policies/seed.cedar is missing')
}
