import { clsx } from 'clsx'
import {
  Ban,
  CircleCheck,
  CircleHelp,
  CircleX,
  Clock,
  Hourglass,
  LockKeyhole,
  type LucideIcon,
  ShieldAlert,
  Undo,
  UndoDot,
} from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { PaymentState } from '#protocol/payments-life.ts'

const looks: Readonly<Record<PaymentState, readonly [icon: LucideIcon, tone: string]>> = {
  created: [Hourglass, 'text-accent'],
  pending: [Clock, 'text-accent'],
  authorised: [LockKeyhole, 'text-accent'],
  captured: [CircleCheck, 'text-ok'],
  'partly-refunded': [UndoDot, 'text-muted'],
  refunded: [Undo, 'text-muted'],
  disputed: [ShieldAlert, 'text-major'],
  cancelled: [Ban, 'text-off'],
  failed: [CircleX, 'text-major'],
  unknown: [CircleHelp, 'text-warning'],
}

/** The state of a payment by icon, colour and word. */
export const StateMark = ({ state }: { readonly state: PaymentState }) => {
  const { t } = useTranslation('payments')
  const [Icon, tone] = looks[state]
  return (
    <span className={clsx('inline-flex items-center gap-1.5 whitespace-nowrap font-bold', tone)}>
      <Icon size={15} aria-hidden="true" className="shrink-0" />
      {t(`state.${state}`)}
    </span>
  )
}
