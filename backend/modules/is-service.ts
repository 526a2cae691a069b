import type { OperatorId } from '#protocol/ids.ts'

/** Whether a command comes from the backend itself rather than from a person. */
export const isService = (operator: OperatorId): boolean => operator.startsWith('service:')
