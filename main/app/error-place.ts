/** What may be logged of an error instead of its message: the system's or our code, else the class's name. */
export const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return typeof error
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? code : error.name
}

/** File and line of the innermost frame of ours. */
export const placeOf = (error: unknown): string =>
  /\(?(?:file:\/\/)?[^()\s]*\/(out\/main\/[^()\s]+?(?::\d+){1,2})\)?$/m.exec(
    error instanceof Error ? (error.stack ?? '') : '',
  )?.[1] ?? ''
