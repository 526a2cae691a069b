import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { ProviderName } from '#protocol/payments.ts'
import type { ConnectionTest } from '#protocol/payments-settings.ts'
import { Status } from '../../../ui/status.tsx'

/** What a test found: one cause, and what to do about it. */
export const TestResult = ({ provider, test }: { readonly provider: ProviderName; readonly test: ConnectionTest }) => {
  const { t } = useTranslation('paymentsConnections')
  const { fault, code, latencyMs, account, skewMs } = test
  const ref = useRef<HTMLDivElement>(null)
  // It comes below what was being looked at.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each result is shown
  useEffect(() => ref.current?.scrollIntoView({ block: 'nearest' }), [test])
  const skew = Math.abs(Math.round((skewMs ?? 0) / 1_000))
  return (
    <div ref={ref} role="status" className="mt-3 rounded-md border border-line-strong px-3 py-2">
      {fault === null ? (
        <>
          <Status tone="ok">{t('tested.ok')}</Status>
          <p className="mt-1 text-muted">
            {account === null
              ? t('tested.latency', { ms: latencyMs ?? 0 })
              : t('tested.account', { account, ms: latencyMs ?? 0 })}
          </p>
        </>
      ) : (
        <>
          <Status tone="bad">{t(`fault.${fault}.what`)}</Status>
          <p className="mt-1">{t(`fault.${fault}.todo`, { seconds: skew })}</p>
          {fault === 'not-allowed' && provider === 'paypay' && <p className="mt-1">{t('fault.allowList')}</p>}
          <p className="mt-1 text-faint">{t('tested.code', { code })}</p>
        </>
      )}
    </div>
  )
}
