import { EntryDialog } from '../keys/entry-dialog.tsx'
import { useKeyring } from '../keys/use-keys.ts'

interface MadeEntryProps {
  readonly id: string
  readonly onClose: () => void
}

/** What was made just now: its revocation certificates are offered for safe keeping. */
export const MadeEntry = ({ id, onClose }: MadeEntryProps) => {
  const entry = useKeyring()?.entries.find((it) => it.id === id)
  return entry === undefined ? null : <EntryDialog entry={entry} onClose={onClose} />
}
