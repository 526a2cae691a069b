/** Business days as rows and events have them, 20261121, and as people and providers write them, `2026-11-21`. */

export const dayNumber = (text: string): number => Number(text.replaceAll('-', ''))

export const dayText = (day: number): string =>
  String(day)
    .padStart(8, '0')
    .replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')
