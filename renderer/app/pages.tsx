import {
  Activity,
  BadgeCheck,
  Banknote,
  Bell,
  Info,
  KeyRound,
  type LucideIcon,
  Scale,
  ScanSearch,
  ScrollText,
  Settings,
  Users,
} from 'lucide-react'
import { type ComponentType, lazy } from 'react'
import type { Page } from '#protocol/desktop.ts'
import type { Permission } from '#protocol/permission.ts'
import { MonitoringPage } from '../features/monitoring/monitoring-page.tsx'
import { useDesktop } from './streams.ts'

interface PageEntry {
  readonly page: Page
  readonly icon: LucideIcon
  /** Without it the page reads 「権限がありません」. */
  readonly permission: Permission | null
  readonly content: ComponentType
  /** 情報 stands apart, at the foot. */
  readonly foot: boolean
  /** Ctrl and this digit; there are nine of them. */
  readonly digit: string | null
  /** Is there where the app was started to review a bundle alone. */
  readonly offline?: true
}

/** The pages that exist, in the sidebar's order. A capability to come adds its line and is shown from then on. */
export const pageEntries: readonly PageEntry[] = [
  { page: 'monitoring', icon: Activity, permission: 'hub.read', content: MonitoringPage, foot: false, digit: '1' },
  {
    page: 'events',
    icon: ScrollText,
    permission: 'events.read',
    content: lazy(async () => ({ default: (await import('../features/events/events-page.tsx')).EventsPage })),
    foot: false,
    digit: '2',
  },
  {
    page: 'alerts',
    icon: Bell,
    permission: 'alerts.read',
    content: lazy(async () => ({ default: (await import('../features/alerts/alerts-page.tsx')).AlertsPage })),
    foot: false,
    digit: '3',
  },
  {
    page: 'approvals',
    icon: BadgeCheck,
    permission: 'approvals.read',
    content: lazy(async () => ({ default: (await import('../features/approvals/approvals-page.tsx')).ApprovalsPage })),
    foot: false,
    digit: '4',
  },
  {
    page: 'payments',
    icon: Banknote,
    permission: 'payments.read',
    content: lazy(async () => ({ default: (await import('../features/payments/payments-page.tsx')).PaymentsPage })),
    foot: false,
    digit: null,
  },
  {
    page: 'keys',
    icon: KeyRound,
    permission: null,
    content: lazy(async () => ({ default: (await import('../features/keys/keys-page.tsx')).KeysPage })),
    foot: false,
    digit: '5',
    offline: true,
  },
  {
    page: 'audit',
    icon: ScanSearch,
    permission: null,
    content: lazy(async () => ({ default: (await import('../features/audit/audit-page.tsx')).AuditPage })),
    foot: false,
    digit: '6',
    offline: true,
  },
  {
    page: 'users',
    icon: Users,
    permission: 'session.administer',
    content: lazy(async () => ({ default: (await import('../features/users/users-page.tsx')).UsersPage })),
    foot: false,
    digit: '7',
  },
  {
    page: 'policy',
    icon: Scale,
    permission: 'policy.read',
    content: lazy(async () => ({ default: (await import('../features/policy/policy-page.tsx')).PolicyPage })),
    foot: false,
    digit: null,
  },
  {
    page: 'settings',
    icon: Settings,
    permission: null,
    content: lazy(async () => ({ default: (await import('../features/settings/settings-page.tsx')).SettingsPage })),
    foot: false,
    digit: '8',
    offline: true,
  },
  {
    page: 'about',
    icon: Info,
    permission: null,
    content: lazy(async () => ({ default: (await import('../features/about/about-page.tsx')).AboutPage })),
    foot: true,
    digit: '9',
    offline: true,
  },
]

/** The pages of this window: without a backend those that need one would only say so, and to what may not be read nobody is led. */
export const usePageEntries = (): readonly PageEntry[] => {
  const alone = useDesktop((state) => state?.reviewOnly ?? false)
  const held = useDesktop((state) => state?.session?.permissions.join(' ') ?? null)?.split(' ')
  return pageEntries.filter(
    ({ permission, offline }) =>
      (!alone || offline === true) && (permission === null || (held?.includes(permission) ?? true)),
  )
}
