import {
  classes,
  custodianAdded,
  custodianRemoved,
  openings,
  recoveryProved,
  rewrapBegun,
  rewrapEnded,
  rewraps,
  subjectErased,
  subjectOpened,
  subjectSealed,
  subjects,
  termSet,
} from '#protocol/sealed.ts'
import { handOverEnded, handOvers, keysHandedOver } from '#protocol/sealed-hand-over.ts'
import { defineModule, type ModuleDefinition } from '../../kernel/module.ts'
import { custodianHandlers, custodianProjections } from './custodians.ts'
import { handOverHandlers, handOverProjections } from './hand-overs.ts'
import { openingHandlers, openingProjections } from './openings.ts'
import { subjectHandlers, subjectProjections } from './subjects.ts'

/** Classes and custodians of sealed values, and what was opened, rewrapped and erased. Sealing itself is the kernel's. */
export const createSealed = (): ModuleDefinition =>
  defineModule({
    manifest: {
      name: 'sealed',
      version: '1.0.0',
      // Nobody else could say who may open what.
      essential: true,
      needs: [],
      restarts: { max: 5, withinMs: 10_000 },
    },
    collections: [classes, subjects, openings, rewraps, handOvers],
    events: [
      termSet,
      custodianAdded,
      recoveryProved,
      custodianRemoved,
      subjectOpened,
      rewrapBegun,
      rewrapEnded,
      keysHandedOver,
      handOverEnded,
      subjectSealed,
      subjectErased,
    ],
    handlers: [...custodianHandlers, ...openingHandlers, ...handOverHandlers, ...subjectHandlers],
    projections: [...custodianProjections, ...openingProjections, ...handOverProjections, ...subjectProjections],
    signs: [],
    start: async () => ({ health: () => ({ ok: true, reason: '' }), stop: async () => undefined }),
  })
