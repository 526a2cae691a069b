import { expect, it } from 'vitest'
import { entryStandings } from '#protocol/bundle.ts'
import { risks } from '#protocol/command.ts'
import { categories, severities } from '#protocol/event.ts'
import { roles } from '#protocol/permission.ts'
import { entryOutcomes } from '#protocol/review.ts'
import { categoryList, entryOutcomeList, entryStandingList, riskList, roleList, severityList } from './vocabulary.ts'

it('lists what the protocol lists', () => {
  expect(categoryList).toEqual(categories)
  expect(severityList).toEqual(severities)
  expect(roleList).toEqual(roles)
  expect(riskList).toEqual(risks)
  expect(entryOutcomeList).toEqual(entryOutcomes)
  expect(entryStandingList).toEqual(entryStandings)
})
