import type { entryStandings } from '#protocol/bundle.ts'
import type { risks } from '#protocol/command.ts'
import type { categories, severities } from '#protocol/event.ts'
import type { roles } from '#protocol/permission.ts'
import type { entryOutcomes } from '#protocol/review.ts'

// The lists of protocol/ without its schemas, which would come into the first bundle with them. Their types hold each
// list to the original, element by element.
export const categoryList: typeof categories = ['system', 'user', 'payment', 'api']
export const severityList: typeof severities = ['info', 'notice', 'warning', 'minor', 'major', 'critical']
export const roleList: typeof roles = ['operator', 'custodian', 'auditor', 'administrator']
export const riskList: typeof risks = ['low', 'medium', 'high']
export const entryOutcomeList: typeof entryOutcomes = ['done', 'refused', 'failed', 'ended']
export const entryStandingList: typeof entryStandings = ['verified', 'unconfirmed', 'attention', 'failed']
