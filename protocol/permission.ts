import { z } from 'zod'

/** 運用担当, 鍵管理者, 監査担当, 管理者. What each may do is policy (resources/policies), not code. */
export const roles = ['operator', 'custodian', 'auditor', 'administrator'] as const
export const roleSchema = z.enum(roles)
export type Role = z.infer<typeof roleSchema>

/** Everything that the policy can grant. A command names one; so does reading a collection. */
export const permissions = [
  'hub.read',
  'hub.operate',
  'hub.administer',
  'telemetry.read',
  'events.read',
  'events.record',
  'events.acknowledge',
  'events.handover',
  'alerts.read',
  'alerts.operate',
  'alerts.configure',
  'session.read',
  'session.administer',
  'log.read',
  'log.export',
  'sealed.read',
  'sealed.open',
  'sealed.search',
  'sealed.handOver',
  'sealed.erase',
  'sealed.administer',
  'policy.read',
  'policy.publish',
  'approvals.read',
  'approvals.carry',
  'approvals.emergency',
  'approvals.review',
  'payments.read',
  'payments.create',
  'payments.capture',
  'payments.refund',
  'payments.adjust',
  'payments.cases',
  'payments.export',
  'payments.books',
  'payments.messages',
  'payments.configure',
  'payments.invoices',
  'payments.issue',
] as const
export const permissionSchema = z.enum(permissions)
export type Permission = z.infer<typeof permissionSchema>
