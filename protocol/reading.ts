import type { Permission } from './permission.ts'

/** Whether it lets read, or take along what is read, and nothing else. Beside no schema: the first page asks. */
export const isReading = (permission: Permission): boolean =>
  /\.(read|export)$/.test(permission) || permission === 'payments.invoices'
