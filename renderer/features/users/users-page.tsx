import { useTranslation } from 'react-i18next'
import { CertificatesPanel } from './certificates-panel.tsx'
import { OperatorsPanel } from './operators-panel.tsx'
import { SessionsPanel } from './sessions-panel.tsx'
import { TokensPanel } from './tokens-panel.tsx'

/** Who may come in, by which tokens, and who is here: for administrators. */
export const UsersPage = () => {
  const { t } = useTranslation()
  return (
    <div className="h-full overflow-y-auto [scrollbar-gutter:stable] px-5 py-4">
      <div className="flex max-w-5xl flex-col gap-3">
        <h1 className="font-bold text-[20px]">{t('page.users')}</h1>
        <OperatorsPanel />
        <CertificatesPanel />
        <TokensPanel />
        <SessionsPanel />
      </div>
    </div>
  )
}
