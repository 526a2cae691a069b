import { useEffect, useRef, useState } from 'react'
import type { EnvSheet } from '#protocol/env-files.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'

interface OpenEnvFile {
  readonly sheet: EnvSheet | null
  start(how: 'open' | 'create'): void
  close(): void
}

/** The file that is open in this page. Its session in the vault ends with the page, and with the next file. */
export function useEnvFile(): OpenEnvFile {
  const [sheet, setSheet] = useState<EnvSheet | null>(null)
  const ending = useRef<AbortController | null>(null)
  useEffect(() => () => ending.current?.abort(), [])
  const follow = async (how: 'open' | 'create'): Promise<void> => {
    const mine = new AbortController()
    ending.current?.abort()
    ending.current = mine
    let begun = false
    await act(async () => {
      try {
        for await (const next of await desktop.envFiles[how]({}, { signal: mine.signal })) {
          begun = true
          if (ending.current === mine) setSheet(next)
        }
      } catch (thrown) {
        // What was open ends with the vault; the page shows why.
        if (!begun && !mine.signal.aborted) throw thrown
      }
    })
    if (ending.current === mine) setSheet(null)
  }
  return {
    sheet,
    start: (how) => void follow(how),
    close() {
      ending.current?.abort()
      setSheet(null)
    },
  }
}
