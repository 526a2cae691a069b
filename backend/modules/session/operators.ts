import type { OperatorId } from '#protocol/ids.ts'
import {
  administrators,
  administratorsKey,
  changeOperator,
  type OperatorRow,
  operatorChanged,
  operatorRegistered,
  operators,
  registerOperator,
} from '#protocol/session.ts'
import { accept, defineHandler, defineProjection, happened, ref, refuse } from '../../kernel/module.ts'
import { isService } from '../is-service.ts'

/** Whoever holds the launch secret of an embedded backend is this operator. */
export const localOperator = 'local' as OperatorId

type Standing = Pick<OperatorRow, 'operator' | 'roles' | 'disabled'>

export const isAdministrator = (row: Standing): boolean => !row.disabled && row.roles.includes('administrator')

const register = defineHandler({
  command: registerOperator,
  reads: ({ operator }) => [ref(operators, operator)],
  decide: (params, _meta, state) => {
    if (isService(params.operator)) return refuse('input.invalid', { field: 'operator' })
    if (state.get(operators, params.operator)) return refuse('session.operator-exists', { operator: params.operator })
    return accept(happened(operatorRegistered, { ...params, disabled: false }))
  },
})

const change = defineHandler({
  command: changeOperator,
  reads: ({ operator }) => [ref(operators, operator), ref(administrators, administratorsKey)],
  decide: (params, _meta, state) => {
    if (!state.get(operators, params.operator)) {
      return refuse('session.operator-unknown', { operator: params.operator })
    }
    const inCharge = state.get(administrators, administratorsKey)?.operators ?? []
    const isLast = inCharge.length === 1 && inCharge[0] === params.operator
    if (isLast && !isAdministrator(params)) return refuse('session.last-administrator', { operator: params.operator })
    return accept(happened(operatorChanged, params))
  },
})

export const operatorHandlers = [register, change]

const census = (before: readonly OperatorRow['operator'][], row: Standing): OperatorRow['operator'][] => {
  const others = before.filter((operator) => operator !== row.operator)
  return isAdministrator(row) ? [...others, row.operator].sort() : others
}

const rowOf = defineProjection({
  on: operatorRegistered,
  into: operators,
  reads: () => [],
  project: (data, meta) => [{ key: data.operator, row: { ...data, since: meta.at } }],
})
const changedRow = defineProjection({
  on: operatorChanged,
  into: operators,
  reads: ({ operator }) => [operator],
  project: (data, meta, get) => [{ key: data.operator, row: { ...data, since: get(data.operator)?.since ?? meta.at } }],
})
const countedBy = (on: typeof operatorRegistered | typeof operatorChanged) =>
  defineProjection({
    on,
    into: administrators,
    reads: () => [administratorsKey],
    project: (data, _meta, get) => [
      {
        key: administratorsKey,
        row: { key: administratorsKey, operators: census(get(administratorsKey)?.operators ?? [], data) },
      },
    ],
  })

export const operatorProjections = [rowOf, changedRow, countedBy(operatorRegistered), countedBy(operatorChanged)]
