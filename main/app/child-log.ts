import { createInterface } from 'node:readline'
import { openLines, usualRotation } from './logging.ts'

/** Streams of a child process; absent where it was started without them. */
interface Streams {
  readonly stdout: NodeJS.ReadableStream | null
  readonly stderr: NodeJS.ReadableStream | null
}

const longestLine = 2_000

/** Keeps what a child writes, line by line, in rotating files of its own. */
export function childLog(folder: string, name: string): (child: Streams) => void {
  const file = openLines(folder, name, usualRotation)
  return (child) => {
    for (const stream of [child.stdout, child.stderr])
      if (stream !== null)
        createInterface({ input: stream }).on('line', (line) => file.append(line.slice(0, longestLine)))
  }
}
