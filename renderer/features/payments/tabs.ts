import {
  BookOpenText,
  CircleAlert,
  ClipboardCheck,
  Gauge,
  Inbox,
  ListFilter,
  type LucideIcon,
  PenLine,
  Plug,
  QrCode,
  ReceiptJapaneseYen,
} from 'lucide-react'
import { type ComponentType, lazy } from 'react'
import type { Permission } from '#protocol/permission.ts'
import type payments from '../../i18n/ja/payments.json'

export type PaymentsTab = keyof typeof payments.tab

interface PaymentsTabEntry {
  readonly tab: PaymentsTab
  readonly icon: LucideIcon
  /** Without it the tab is not shown; null: `payments.read`, which the page itself asks for, is enough. */
  readonly permission: Permission | null
  /** Takes the whole width of the window. */
  readonly wide: boolean
  /** Has a list of its own to scroll, and is as high as the window. */
  readonly fills?: true
  readonly content: ComponentType
}

/** The tabs that exist, in their order. A capability to come adds its line here and its name to `tab` of payments.json. */
export const paymentsTabs: readonly PaymentsTabEntry[] = [
  {
    tab: 'overview',
    icon: Gauge,
    permission: null,
    wide: false,
    content: lazy(async () => ({ default: (await import('./overview-tab.tsx')).OverviewTab })),
  },
  {
    tab: 'list',
    icon: ListFilter,
    permission: null,
    wide: true,
    fills: true,
    content: lazy(async () => ({ default: (await import('./list-tab.tsx')).ListTab })),
  },
  {
    tab: 'create',
    icon: QrCode,
    permission: 'payments.create',
    wide: false,
    content: lazy(async () => ({ default: (await import('./create-tab.tsx')).CreateTab })),
  },
  {
    tab: 'cases',
    icon: CircleAlert,
    permission: null,
    wide: false,
    content: lazy(async () => ({ default: (await import('./cases-tab.tsx')).CasesTab })),
  },
  {
    tab: 'invoices',
    icon: ReceiptJapaneseYen,
    permission: 'payments.invoices',
    wide: true,
    fills: true,
    content: lazy(async () => ({ default: (await import('./invoices/invoices-tab.tsx')).InvoicesTab })),
  },
  {
    tab: 'closings',
    icon: ClipboardCheck,
    permission: null,
    wide: true,
    content: lazy(async () => ({ default: (await import('./closings-tab.tsx')).ClosingsTab })),
  },
  {
    tab: 'manual',
    icon: PenLine,
    permission: 'payments.adjust',
    wide: false,
    content: lazy(async () => ({ default: (await import('./manual-tab.tsx')).ManualTab })),
  },
  {
    tab: 'books',
    icon: BookOpenText,
    permission: null,
    wide: false,
    content: lazy(async () => ({ default: (await import('./books/books-tab.tsx')).BooksTab })),
  },
  {
    tab: 'inbox',
    icon: Inbox,
    permission: null,
    wide: true,
    content: lazy(async () => ({ default: (await import('./inbox/inbox-tab.tsx')).InboxTab })),
  },
  {
    tab: 'connections',
    icon: Plug,
    permission: null,
    wide: false,
    content: lazy(async () => ({ default: (await import('./connections/connections-tab.tsx')).ConnectionsTab })),
  },
]

export const tabNamed = (name: string | null): PaymentsTab | null =>
  paymentsTabs.find(({ tab }) => tab === name)?.tab ?? null
