import {
  BadgeCheck,
  BookOpenCheck,
  Dices,
  Eye,
  FileText,
  GitCompareArrows,
  KeyRound,
  ListTree,
  type LucideIcon,
} from 'lucide-react'
import { type ComponentType, lazy } from 'react'
import type { ReviewState } from '#protocol/review.ts'
import type review from '../../i18n/ja/review.json'

export type AuditTab = keyof typeof review.tab
export type OpenReview = Extract<ReviewState, { phase: 'open' }>

/** What every tab over an open bundle is given. */
export interface ReviewTabProps {
  readonly review: OpenReview
}

type Entry = { readonly tab: AuditTab; readonly icon: LucideIcon } & (
  | { readonly needs: 'nothing'; readonly content: ComponentType }
  | { readonly needs: 'bundle'; readonly content: ComponentType<ReviewTabProps> }
)

/** The tabs that exist, in their order. A capability to come adds its line here and its name to `tab` of review.json. */
export const auditTabs: readonly Entry[] = [
  {
    tab: 'bundle',
    icon: BadgeCheck,
    needs: 'nothing',
    content: lazy(async () => ({ default: (await import('./bundle-tab.tsx')).BundleTab })),
  },
  {
    tab: 'timeline',
    icon: ListTree,
    needs: 'bundle',
    content: lazy(async () => ({ default: (await import('./timeline-tab.tsx')).TimelineTab })),
  },
  {
    tab: 'policies',
    icon: GitCompareArrows,
    needs: 'bundle',
    content: lazy(async () => ({ default: (await import('./policies-tab.tsx')).PoliciesTab })),
  },
  {
    tab: 'samples',
    icon: Dices,
    needs: 'bundle',
    content: lazy(async () => ({ default: (await import('./samples-tab.tsx')).SamplesTab })),
  },
  {
    tab: 'report',
    icon: FileText,
    needs: 'bundle',
    content: lazy(async () => ({ default: (await import('./report-tab.tsx')).ReportTab })),
  },
  {
    tab: 'keys',
    icon: KeyRound,
    needs: 'nothing',
    content: lazy(async () => ({ default: (await import('./trusted-keys-tab.tsx')).TrustedKeysTab })),
  },
  {
    tab: 'seen',
    icon: BookOpenCheck,
    needs: 'nothing',
    content: lazy(async () => ({ default: (await import('./seen-tab.tsx')).SeenTab })),
  },
  {
    tab: 'access',
    icon: Eye,
    needs: 'nothing',
    content: lazy(async () => ({ default: (await import('./access-panel.tsx')).AccessPanel })),
  },
]

export const auditTabNamed = (name: string | null): AuditTab | null =>
  auditTabs.find(({ tab }) => tab === name)?.tab ?? null
