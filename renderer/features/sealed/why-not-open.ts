import { useTranslation } from 'react-i18next'
import { usePermitted } from '../../app/streams.ts'
import { useVault } from '../keys/use-keys.ts'

/** Why who is signed in can't open a sealed value now; null: they can. */
export const useWhyNotOpen = (): string | null => {
  const { t } = useTranslation('sealed')
  const vault = useVault()
  const may = usePermitted('sealed.open')
  if (!may) return t('whyNotOpen.notCustodian')
  return vault?.state === 'unlocked' ? null : t('whyNotOpen.locked')
}
