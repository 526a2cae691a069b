import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { redact } from '#main/app/logging.ts'

/**
 * Log files once more through the redaction, oldest line first: what an older version wrote is held to today's rule.
 * @param files newest first, as `logFiles` gives them
 */
export async function* redactedLogs(
  files: readonly string[],
): AsyncGenerator<{ readonly name: string; readonly text: string; readonly lines: number }, void> {
  for (const file of files.toReversed()) {
    const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean).map(redactedLine)
    yield { name: basename(file), text: lines.map((it) => `${it}\n`).join(''), lines: lines.length }
  }
}

function redactedLine(line: string): string {
  try {
    const value: unknown = JSON.parse(line)
    return JSON.stringify(typeof value === 'object' && value !== null ? redact(value) : {})
  } catch {
    return JSON.stringify({ event: 'log.unreadable-line', length: line.length })
  }
}
