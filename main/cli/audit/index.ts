import type { Area, Said } from '../area.ts'
import { type AuditRequest, auditUsage, parseAudit } from './arguments.ts'
import { certify } from './certify.ts'
import { show } from './entries.ts'
import { exportBundle } from './export.ts'
import { verifyStore } from './store.ts'
import { trust } from './trust.ts'
import { verify } from './verify.ts'

/** Programs that run beside this one. */
export interface Programs {
  /** The backend's commands. */
  readonly backend: string
  /** A thread of a verification. */
  readonly worker: string | URL
}

/** `libral audit`: logs and bundles judged on this machine alone. */
export const auditArea = (programs: Programs): Area<AuditRequest> => ({
  usage: auditUsage,
  parse: parseAudit,
  perform: (request): Promise<Said> => {
    switch (request.command) {
      case 'verify-store':
        return verifyStore(request, programs.backend)
      case 'verify':
        return verify(request, programs.worker)
      case 'show':
      case 'search':
        return show(request, programs.worker)
      case 'export':
        return exportBundle(request, programs.backend)
      case 'certify':
        return certify(request, programs.worker)
      default:
        return trust(request)
    }
  },
})
