import { expect, it } from 'vitest'
import { categories, severities } from '#protocol/event.ts'
import { roles } from '#protocol/permission.ts'
import { categoryList, roleList, severityList } from './vocabulary.ts'

it('lists what the protocol lists', () => {
  expect(categoryList).toEqual(categories)
  expect(severityList).toEqual(severities)
  expect(roleList).toEqual(roles)
})
