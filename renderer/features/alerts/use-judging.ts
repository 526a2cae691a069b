import type { ModuleRow } from '#protocol/hub.ts'
import { useList } from '../../app/collection.ts'
import { isJudging } from './judging.ts'

/** An empty list of alerts is no good news while nobody looks. */
export const useJudging = (): boolean => isJudging(useList<ModuleRow>('hub.modules', { descending: false }).rows)
