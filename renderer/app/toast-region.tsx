import { X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button, IconButton } from '../ui/button.tsx'
import { Progress } from '../ui/progress.tsx'
import { StatusShape } from '../ui/status.tsx'
import { useLive } from './live.ts'
import { dismissToast, type Toast, toasts } from './toasts.ts'

/**
 * Results of actions, bottom right; read out politely. Over a modal dialog they stand at the left and are narrow: a
 * dialog's buttons are at its right end, and nobody waits for a message to go before the next press.
 */
export const ToastRegion = () => {
  const { t } = useTranslation('shell')
  const shown = useLive(toasts)
  return (
    <section
      aria-label={t('toasts')}
      aria-live="polite"
      className="pointer-events-none fixed right-4 bottom-4 z-50 flex w-96 flex-col gap-2 in-[body:has(>[role=dialog])]:right-auto in-[body:has(>[role=dialog])]:left-4 in-[body:has(>[role=dialog])]:w-60"
    >
      {shown.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </section>
  )
}

const ToastCard = ({ toast }: { readonly toast: Toast }) => {
  const { t } = useTranslation()
  return (
    <div className="pointer-events-auto rounded-lg border border-line-strong bg-raised p-3 shadow-float">
      <div className="flex items-start gap-2.5">
        <span className="mt-1">
          <StatusShape tone={toast.tone} />
        </span>
        <div className="min-w-0 flex-1">
          <p className="font-bold">{toast.title}</p>
          {toast.body !== undefined && <p className="selectable break-words text-muted">{toast.body}</p>}
        </div>
        {toast.action && (
          <Button small onClick={toast.action.run}>
            {toast.action.label}
          </Button>
        )}
        {toast.tone !== 'busy' && (
          <IconButton label={t('action.close')} className="-mt-1 -mr-1" onClick={() => dismissToast(toast.id)}>
            <X size={16} aria-hidden="true" />
          </IconButton>
        )}
      </div>
      {toast.progress !== undefined && (
        <div className="mt-2">
          <Progress label={toast.title} value={toast.progress} />
        </div>
      )}
    </div>
  )
}
