import { type Cell, cell } from './live.ts'

/** The one overlay that stands over every page. */
export type Overlay = 'none' | 'palette' | 'shortcuts'
export const overlays: Cell<Overlay> = cell<Overlay>('none')
