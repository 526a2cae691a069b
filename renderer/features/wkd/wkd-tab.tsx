import { Loading } from '../../ui/states/states.tsx'
import { useKeyring } from '../keys/use-keys.ts'
import { LookUpPanel } from './look-up-panel.tsx'
import { PublishPanel } from './publish-panel.tsx'

/** 公開: finding the certificates of others by address, and giving out one's own. */
export const WkdTab = () => {
  const keyring = useKeyring()
  if (keyring === null) return <Loading rows={6} />
  return (
    <>
      <LookUpPanel />
      <PublishPanel keyring={keyring} />
    </>
  )
}
